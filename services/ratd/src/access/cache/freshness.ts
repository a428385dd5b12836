import type { Clock } from "../../platform/clock.ts";

/** Longest time since the last successful look at a source of changes, milliseconds. With the time that a look takes, a
 * change elsewhere is known, or nothing is reused, within a second. */
export const FRESH_MS = 900;

/** One source of changes, which must be heard from all the time. */
export interface FreshSource {
  /** It was heard from: it knew of everything that happened before `asOf` (monotonic milliseconds). */
  heard(asOf: number): void;
  /** The source is no longer one, for example since its plugin offers no stream. */
  remove(): void;
}

/** Whether this ratd would know of changes that were made elsewhere. It does not while any source is silent. */
export class Freshness {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #heardAt = new Map<symbol, number>();
  /** The moment until which all sources have been heard from. */
  #until = Infinity;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Adds a source, silent so far. */
  source(): FreshSource {
    const id = Symbol("source");
    this.#heardAt.set(id, -Infinity);
    this.#reckon();
    return {
      heard: (asOf) => {
        if (!this.#heardAt.has(id)) return;
        this.#heardAt.set(id, asOf);
        this.#reckon();
      },
      remove: () => {
        this.#heardAt.delete(id);
        this.#reckon();
      },
    };
  }

  /** Whether all sources have been heard from within FRESH_MS. */
  get fresh(): boolean {
    return this.#clock.monotonic() < this.#until;
  }

  #reckon(): void {
    this.#until = Math.min(Infinity, ...this.#heardAt.values()) + FRESH_MS;
  }
}
