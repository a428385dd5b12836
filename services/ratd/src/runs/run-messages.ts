import type { Bulletin } from "../replicas/bulletin.ts";

/** What replicas tell each other about runs. */
export interface RunMessageHandlers {
  readonly queue: () => void;
  readonly run: (id: string) => void;
  readonly logs: (id: string) => void;
  readonly cancel: (id: string) => void;
  /** Messages may have been missed. */
  readonly gap: () => void;
}

const CHANNEL = "rat_runs";

/** The messages `queue`, `run <id>`, `logs <id>` and `cancel <id>` between replicas; others come from newer ones. */
export class RunMessages {
  readonly #bulletin: Pick<Bulletin, "publish" | "subscribe">;

  constructor(bulletin: Pick<Bulletin, "publish" | "subscribe">) {
    this.#bulletin = bulletin;
  }

  /** Tells the other replicas. */
  tell(...words: readonly ["queue"] | readonly ["run" | "logs" | "cancel", string]): void {
    this.#bulletin.publish(CHANNEL, words.join(" "));
  }

  /** Hears the other replicas until the returned function is called. */
  hear(handlers: RunMessageHandlers): () => void {
    return this.#bulletin.subscribe(CHANNEL, {
      onGap: handlers.gap,
      onMessage: (payload) => {
        const [kind, id = ""] = payload.split(" ");
        switch (kind) {
          case "queue":
            return handlers.queue();
          case "run":
          case "logs":
          case "cancel":
            return handlers[kind](id);
          default:
        }
      },
    });
  }
}
