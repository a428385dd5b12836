/** What is wrong with triggers, as the last look found it. */
export class TriggerProblems {
  #unreadable = 0;

  /** So many triggers cannot be understood. */
  found(unreadable: number): void {
    this.#unreadable = unreadable;
  }

  /** One sentence a problem. Everybody may see them, so they name no trigger. */
  list(): readonly string[] {
    if (this.#unreadable === 0) return [];
    const which =
      this.#unreadable === 1
        ? "1 trigger cannot be read and fires"
        : `${this.#unreadable} triggers cannot be read and fire`;
    return [`${which} nothing: last_error says why, and a change or a removal mends it.`];
  }
}
