/** How an executor lets ratd ask about its runs. */
export type Inquiry = "list" | "status" | "none";

/** What was learned about one executor by using it. */
export class ExecutorTraits {
  /** How to ask; `list` until the executor says that it does not serve that. */
  inquiry: Inquiry = "list";
  /** Whether the executor has answered in a way that tells how to ask. */
  known = false;
  #capacity = 0;
  /** Places found out by being refused; undefined while nothing was refused. */
  #limit: number | undefined;

  /** What the executor says that it takes at a time; 0 is no statement. */
  set capacity(places: number) {
    this.#capacity = places;
    this.known = true;
    // It may have more room by now; one at a time.
    if (this.#limit !== undefined) this.#limit += 1;
  }

  /** It refused a run while it had `running` of them. */
  refused(running: number): void {
    this.#limit = Math.max(1, running);
  }

  /** A run of it ended. */
  ended(): void {
    if (this.#limit !== undefined) this.#limit += 1;
  }

  /** How many runs to give it at a time, at most `most`. */
  places(most: number): number {
    return Math.min(most, this.#capacity === 0 ? most : this.#capacity, this.#limit ?? most);
  }
}
