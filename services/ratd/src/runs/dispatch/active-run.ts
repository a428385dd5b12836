import type { Lease } from "../../credentials/lease-store.ts";
import type { CloudScope } from "../../slots/cloud/cloud.ts";
import { attemptName } from "../run.ts";
import type { OwnedRun } from "./dispatch-store.ts";

/**
 * Where an attempt is between ratd and its executor. `handing`: a call of Submit is under way. `unsure`: nobody knows
 * whether the executor has it. `running`: the executor has it.
 */
export type Phase = "handing" | "unsure" | "running";

/** The credential lease of an attempt, and what it was given for. */
export interface HeldLease {
  readonly lease: Lease;
  readonly scopes: readonly CloudScope[];
}

/** A run that this replica follows, as far as it is known here alone. All times are monotonic milliseconds. */
export class ActiveRun {
  readonly run: OwnedRun;
  /** The name of its attempt towards the executor. */
  readonly name: string;
  /** When it must have ended. */
  readonly overdueAt: number;
  #phase: Phase;
  /** Its run lease counts from here. */
  readonly #claimedAt: number;
  #silentSince: number | undefined;
  #cancelledAt: number | undefined;
  #renewAt: number | undefined;
  #held: HeldLease | undefined;

  /** `claimedAt` is the earliest moment at which this replica can have got it. */
  constructor(run: OwnedRun, phase: Phase, now: number, claimedAt: number = now) {
    this.run = run;
    this.name = attemptName(run.id, run.attempt);
    this.#phase = phase;
    this.#claimedAt = claimedAt;
    this.overdueAt = now + run.remainingMs;
    if (run.cancelRequested) this.#cancelledAt = now;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** The executor has it. */
  accept(): void {
    this.#phase = "running";
  }

  /** The call of Submit is over, and nobody knows what came of it. */
  doubt(): void {
    if (this.#phase === "handing") this.#phase = "unsure";
  }

  /** How long this replica has had it, milliseconds. */
  heldFor(now: number): number {
    return now - this.#claimedAt;
  }

  /** How long it has been overdue, milliseconds; negative before. */
  overdueBy(now: number): number {
    return now - this.overdueAt;
  }

  /** The executor has answered about it. */
  hear(): void {
    this.#silentSince = undefined;
  }

  /** The executor has not answered about it. Answers for how long it has not, milliseconds. */
  miss(now: number): number {
    this.#silentSince ??= now;
    return now - this.#silentSince;
  }

  /** It is to stop; asking once more changes nothing. */
  cancel(now: number): void {
    this.#cancelledAt ??= now;
  }

  get cancelled(): boolean {
    return this.#cancelledAt !== undefined;
  }

  /** How long ago it was asked to stop, milliseconds; 0 when it was not. */
  cancelledFor(now: number): number {
    return this.#cancelledAt === undefined ? 0 : now - this.#cancelledAt;
  }

  /** Its credential lease; undefined without any. */
  get held(): HeldLease | undefined {
    return this.#held;
  }

  hold(held: HeldLease): void {
    this.#held = held;
  }

  /** Its credentials are to be renewed then; undefined without any. */
  renewAt(time: number | undefined): void {
    this.#renewAt = time;
  }

  renewalDue(now: number): boolean {
    return this.#renewAt !== undefined && now >= this.#renewAt;
  }
}
