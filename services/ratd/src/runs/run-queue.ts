import type { Clock } from "../platform/clock.ts";
import type { RunMessages } from "./run-messages.ts";

/** What the queue needs. */
export interface RunQueueDeps {
  readonly messages: Pick<RunMessages, "tell">;
  readonly clock: Clock;
}

/**
 * Word that the queue of runs is worth a look. Whoever puts runs into it, frees a place or brings an executor back says
 * so here; whoever takes runs listens.
 */
export class RunQueue implements Disposable {
  readonly #deps: RunQueueDeps;
  readonly #listeners = new Set<() => void>();
  #cancelLook: (() => void) | undefined;

  constructor(deps: RunQueueDeps) {
    this.#deps = deps;
  }

  /** Runs were committed: every replica looks at once. */
  wake(): void {
    this.look();
    this.#deps.messages.tell("queue");
  }

  /** A place is free, or an executor is back: this replica looks. */
  look(): void {
    for (const listener of this.#listeners) listener();
  }

  /** This replica looks in `ms` milliseconds, unless it has been asked to before. */
  lookAfter(ms: number): void {
    this.#cancelLook ??= this.#deps.clock.after(ms, () => {
      this.#cancelLook = undefined;
      this.look();
    });
  }

  /** Calls `listener` whenever this replica is to look, until the returned function is called. */
  onLook(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    this.#cancelLook?.();
    this.#listeners.clear();
  }
}
