const FIRST_MS = 100;
const MOST_MS = 5000;

/** Pauses after failures: 100 ms, doubling up to 5 s, each shortened by up to a half at random. */
export class Backoff {
  readonly #random: () => number;
  #ms = FIRST_MS;

  /** `random` answers numbers from 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The pause after one more failure, in milliseconds. */
  nextMs(): number {
    const ms = this.#ms;
    this.#ms = Math.min(MOST_MS, ms * 2);
    return ms * (1 - this.#random() / 2);
  }

  /** Something worked: the next pause is the first again. */
  reset(): void {
    this.#ms = FIRST_MS;
  }
}
