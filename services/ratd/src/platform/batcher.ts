interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Makes one call of many: what comes while a call is under way goes along with the next one. An item that comes alone
 * leaves at once. With many callers this turns a commit each into a commit for all of them.
 */
export class Batcher<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #size: number;
  #waiting: Waiting<Item, Result>[] = [];
  #busy = false;

  /** `run` answers one result for each item, in their order; when it rejects, all its items do. */
  constructor(run: (items: readonly Item[]) => Promise<readonly Result[]>, size = 500) {
    this.#run = run;
    this.#size = size;
  }

  /** Hands over one item and waits for its result. */
  add(item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ item, resolve, reject });
    if (!this.#busy) {
      this.#busy = true;
      // Not at once: what the same turn of the event loop brings goes along.
      queueMicrotask(() => void this.#work());
    }
    return promise;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#size);
      try {
        const results = await this.#run(batch.map(({ item }) => item));
        batch.forEach(({ resolve, reject }, index) => {
          const result = results[index];
          if (result === undefined) reject(new Error(`no result for item ${index} of ${batch.length}`));
          else resolve(result);
        });
      } catch (reason) {
        for (const { reject } of batch) reject(reason);
      }
    }
    this.#busy = false;
  }
}
