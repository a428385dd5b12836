import type { BulletinReader } from "../replicas/bulletin.ts";

/** What the ratd of one database tell each other about runs. */
export interface RunMessageHandlers {
  readonly queue: () => void;
  readonly run: (id: string) => void;
  readonly logs: (id: string) => void;
  readonly cancel: (id: string) => void;
  /** Messages may have been missed. */
  readonly gap: () => void;
}

/** Reads the messages `queue`, `run <id>`, `logs <id>` and `cancel <id>`; others are those of a newer ratd. */
export class RunMessages implements BulletinReader {
  readonly #handlers: RunMessageHandlers;

  constructor(handlers: RunMessageHandlers) {
    this.#handlers = handlers;
  }

  readonly onMessage = (payload: string): void => {
    const [kind, id = ""] = payload.split(" ");
    switch (kind) {
      case "queue":
        return this.#handlers.queue();
      case "run":
        return this.#handlers.run(id);
      case "logs":
        return this.#handlers.logs(id);
      case "cancel":
        return this.#handlers.cancel(id);
      default:
    }
  };

  readonly onGap = (): void => this.#handlers.gap();
}
