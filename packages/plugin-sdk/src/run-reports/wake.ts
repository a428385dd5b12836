/** Something to wait for that rings again and again. */
export class Wake {
  #bell = Promise.withResolvers<void>();

  /** Settles at the next ring. */
  get next(): Promise<void> {
    return this.#bell.promise;
  }

  ring(): void {
    const bell = this.#bell;
    this.#bell = Promise.withResolvers();
    bell.resolve();
  }

  /** Waits for the next ring, at most so many milliseconds. Keeps no process alive. */
  async within(ms: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, ms);
    timer.unref();
    await Promise.race([this.#bell.promise, over.promise]);
    clearTimeout(timer);
  }
}
