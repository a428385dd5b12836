import type { Lease } from "../../credentials/lease-store.ts";
import type { CloudScope } from "../../slots/cloud/cloud.ts";
import { attemptName } from "../run.ts";
import type { OwnedRun } from "./dispatch-store.ts";

/** A run that this ratd follows. */
export class ActiveRun {
  readonly run: OwnedRun;
  /** The name of its attempt towards the executor. */
  readonly name: string;
  /** `handing`: a call of Submit is under way. `unsure`: it is not known whether the executor has it. */
  phase: "handing" | "unsure" | "running";
  /** Since when the executor has not answered, monotonic milliseconds. */
  awaySince: number | undefined;
  /** When it must have ended, monotonic milliseconds. */
  readonly overdueAt: number;
  /** Since when this ratd has it at the earliest, monotonic milliseconds: its lease counts from here. */
  readonly heldSince: number;
  /** When somebody asked to cancel it, monotonic milliseconds. */
  cancelledAt: number | undefined;
  /** When to renew its credentials, monotonic milliseconds. */
  renewAt: number | undefined;
  /** The lease of its credentials; undefined without any. */
  lease: Lease | undefined;
  /** What that lease was given for. */
  scopes: readonly CloudScope[] = [];

  constructor(run: OwnedRun, phase: ActiveRun["phase"], now: number, heldSince: number = now) {
    this.run = run;
    this.name = attemptName(run.id, run.attempt);
    this.phase = phase;
    this.heldSince = heldSince;
    this.overdueAt = now + run.remainingMs;
    if (run.cancelRequested) this.cancelledAt = now;
  }
}

/** The runs that this ratd follows, by id. */
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

  get size(): number {
    return this.#runs.size;
  }
}
