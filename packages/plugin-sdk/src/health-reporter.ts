import type { HealthWord } from "@rat/contracts/health-words";

/** The three words that ratd takes as a health; any other counts as unknown. */
export type HealthStatus = HealthWord;

/** One reading of the health. */
export interface HealthReading {
  readonly status: HealthStatus;
  /** Details for the operator; empty when there is nothing to say. */
  readonly message: string;
}

/** How a handler tells the plugin's health. The last word stands until the next. */
export interface Health {
  /** Everything works. */
  healthy(): void;
  /** It works, with a limit that the operator should know. */
  degraded(message: string): void;
  /** It cannot do its work now. */
  down(message: string): void;
}

/**
 * Keeps the plugin's health and tells watchers of changes. What the SDK knows itself (draining, waiting for the
 * configuration) covers what the handlers said, which returns when the cover goes.
 */
export class HealthReporter implements Health {
  #own: HealthReading = { status: "healthy", message: "" };
  #waiting = false;
  #draining = false;
  readonly #watchers = new Set<(reading: HealthReading) => void>();

  healthy(): void {
    this.#change(() => (this.#own = { status: "healthy", message: "" }));
  }

  degraded(message: string): void {
    this.#change(() => (this.#own = { status: "degraded", message }));
  }

  down(message: string): void {
    this.#change(() => (this.#own = { status: "down", message }));
  }

  /** Covers the health while the plugin has no valid configuration. */
  waiting(waiting: boolean): void {
    this.#change(() => (this.#waiting = waiting));
  }

  /** Covers the health for good: the plugin is on its way out. */
  drain(): void {
    this.#change(() => (this.#draining = true));
  }

  /** True once {@link drain} was called. */
  get draining(): boolean {
    return this.#draining;
  }

  /** The health now. */
  current(): HealthReading {
    if (this.#draining) return { status: "degraded", message: "draining" };
    if (this.#waiting) return { status: "down", message: "waiting for its configuration" };
    return this.#own;
  }

  /** Yields the health now, then each change; ends after the reading that says draining, or with the signal. */
  async *watch(signal: AbortSignal): AsyncGenerator<HealthReading> {
    const queue: HealthReading[] = [this.current()];
    let wake = Promise.withResolvers<void>();
    const push = (reading: HealthReading): void => {
      queue.push(reading);
      wake.resolve();
    };
    const stop = (): void => wake.resolve();
    this.#watchers.add(push);
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!signal.aborted) {
        const reading = queue.shift();
        if (reading !== undefined) yield reading;
        else if (this.#draining) return;
        else {
          await wake.promise;
          wake = Promise.withResolvers();
        }
      }
    } finally {
      this.#watchers.delete(push);
      signal.removeEventListener("abort", stop);
    }
  }

  #change(apply: () => void): void {
    const before = this.current();
    apply();
    const after = this.current();
    if (before.status === after.status && before.message === after.message) return;
    for (const tell of this.#watchers) tell(after);
  }
}
