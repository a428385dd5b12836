/** Who waits for news of single runs. */
export class RunWatch {
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Calls `listener` whenever something about the run may have changed, until the returned function is called. */
  watch(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(id, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id);
    };
  }

  /** Something about this run may have changed. */
  changed(id: string): void {
    for (const listener of this.#listeners.get(id) ?? []) listener();
  }

  /** Anything may have changed. */
  changedAll(): void {
    for (const id of this.#listeners.keys()) this.changed(id);
  }
}
