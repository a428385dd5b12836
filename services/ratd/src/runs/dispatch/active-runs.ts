import type { ActiveRun } from "./active-run.ts";

/** The runs that this replica follows, by id. */
export class ActiveRuns {
  readonly #runs = new Map<string, ActiveRun>();

  add(active: ActiveRun): void {
    this.#runs.set(active.run.id, active);
  }

  get(id: string): ActiveRun | undefined {
    return this.#runs.get(id);
  }

  /** Stops following a run, when it is still the attempt of that epoch. */
  remove(id: string, epoch: bigint): ActiveRun | undefined {
    const active = this.#runs.get(id);
    if (active === undefined || active.run.epoch !== epoch) return undefined;
    this.#runs.delete(id);
    return active;
  }

  /** Whether this very attempt is still followed. */
  has(active: ActiveRun): boolean {
    return this.#runs.get(active.run.id) === active;
  }

  all(): readonly ActiveRun[] {
    return [...this.#runs.values()];
  }

  of(executor: string): readonly ActiveRun[] {
    return this.all().filter(({ run }) => run.executor === executor);
  }
}
