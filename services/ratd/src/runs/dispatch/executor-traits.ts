/** How an executor lets ratd ask about its runs. */
export type Inquiry = "list" | "status" | "none";

/** What was learned about one executor by using it. */
export class ExecutorTraits {
  #inquiry: Inquiry = "list";
  #known = false;
  #capacity = 0;
  /** Places found out by being refused; undefined while nothing was refused. */
  #limit: number | undefined;

  /** How to ask; `list` until the executor says that it does not serve that. */
  get inquiry(): Inquiry {
    return this.#inquiry;
  }

  /** The executor has said how it can be asked. */
  learn(inquiry: Inquiry): void {
    this.#inquiry = inquiry;
    this.#known = true;
  }

  /** Whether it starts each attempt once, whatever gets lost: one that can be asked does. Undefined before it answered. */
  get startsOnce(): boolean | undefined {
    return this.#known ? this.#inquiry !== "none" : undefined;
  }

  /** The executor has listed its runs, and takes `capacity` at a time; 0 is no statement. */
  listed(capacity: number): void {
    this.#capacity = capacity;
    this.#known = true;
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

/** The traits of all executors that were used, by name. */
export class KnownExecutors {
  readonly #traits = new Map<string, ExecutorTraits>();

  traits(name: string): ExecutorTraits {
    const traits = this.#traits.get(name) ?? new ExecutorTraits();
    this.#traits.set(name, traits);
    return traits;
  }
}
