import { PluginError } from "@rat/plugin-sdk";

/** How much work may go on at once, and how much may wait. */
export interface GateLimits {
  readonly running: number;
  readonly waiting: number;
}

/** Lets a bounded number of tasks run at a time, and a bounded number wait for their turn. */
export class Gate {
  readonly #limits: GateLimits;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  /** Runs a task in its turn. @throws PluginError `resource_exhausted` when too many wait. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limits.running) this.#running++;
    else {
      if (this.#waiting.length >= this.#limits.waiting) {
        throw new PluginError(
          "resource_exhausted",
          "too many tokens wait for an answer of the provider; try again",
        );
      }
      const turn = Promise.withResolvers<void>();
      this.#waiting.push(() => turn.resolve());
      await turn.promise;
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // The place goes to who waits longest; it is free only when nobody waits.
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
