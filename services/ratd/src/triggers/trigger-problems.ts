/** What is wrong with triggers, as the last look found it. */
export class TriggerProblems {
  #unreadable: readonly string[] = [];

  /** The ids of triggers that cannot be understood, some of them when they are many. */
  found(unreadable: readonly string[]): void {
    this.#unreadable = unreadable;
  }

  /** For people, one sentence a problem. */
  list(): readonly string[] {
    return this.#unreadable.map(
      (id) => `Trigger ${id} cannot be read and fires nothing: its last_error says why; change or remove it.`,
    );
  }
}
