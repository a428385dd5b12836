import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import { newCallContext } from "../slots/slot.ts";
import type { Slots } from "../slots/slots.ts";
import type { LeaseStore } from "./lease-store.ts";
import type { Leases } from "./leases.ts";

/** Leases that one look ends; the rest are ended by the next. */
const BATCH = 200;
/** Runs that end together are one look, milliseconds. */
const PACE_MS = 1000;
/** Time between two looks although no run has ended here, milliseconds. */
const LOOK_MS = 30_000;

/** What the sweep needs. */
export interface LeaseSweepDeps {
  readonly leases: Pick<Leases, "revoke">;
  readonly store: Pick<LeaseStore, "ofEndedRuns" | "failStuck">;
  readonly slots: Slots;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Ends the leases that a run leaves behind, whoever gave them: its owner ends the last one by itself, but not those of
 * a replica that is gone, nor those that were under way when the run ended.
 */
export class LeaseSweep implements Disposable {
  readonly #deps: LeaseSweepDeps;
  readonly #stop = new AbortController();
  #cancel: () => void = () => undefined;
  #dueAt = Infinity;
  #looking = false;

  constructor(deps: LeaseSweepDeps) {
    this.#deps = deps;
    this.look(LOOK_MS);
  }

  /** A run has ended: looks soon. */
  look(delayMs = PACE_MS): void {
    const { clock } = this.#deps;
    const due = clock.monotonic() + delayMs;
    if (this.#stop.signal.aborted || due >= this.#dueAt) return;
    this.#cancel();
    this.#dueAt = due;
    this.#cancel = clock.after(delayMs, () => {
      this.#dueAt = Infinity;
      void this.#run();
    });
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#cancel();
  }

  async #run(): Promise<void> {
    if (this.#looking) return this.look();
    this.#looking = true;
    try {
      await this.#deps.store.failStuck();
      if ((await this.#end()) === BATCH) this.look();
    } catch (err) {
      this.#deps.logger.debug({ err }, "the leases of ended runs could not be looked at");
    }
    this.#looking = false;
    this.look(LOOK_MS);
  }

  /** Ends a batch; answers how many there were. One that cannot be ended now does not keep the others. */
  async #end(): Promise<number> {
    const { leases, store, slots, logger } = this.#deps;
    const left = await store.ofEndedRuns(BATCH);
    const context = newCallContext("leases", this.#stop.signal);
    for (const { id } of left) {
      await leases
        .revoke(id, "ratd", slots.current(), context)
        .catch((err: unknown) => logger.debug({ err, lease: id }, "the lease of an ended run was not ended"));
    }
    return left.length;
  }
}
