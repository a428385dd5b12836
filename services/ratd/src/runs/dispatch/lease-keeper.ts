import { RatError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Metrics } from "../../platform/metrics.ts";
import { ActiveRun, type ActiveRuns } from "./active-runs.ts";
import type { RunExecutors } from "./executors.ts";
import type { DispatchStore } from "./dispatch-store.ts";

/** What keeping leases is made from. */
export interface LeaseKeeperDeps {
  readonly store: DispatchStore;
  readonly active: ActiveRuns;
  readonly leaseMs: number;
  /** How long the runs of executors that this ratd does not know are left to others. */
  readonly executorGraceMs: number;
  readonly executors: RunExecutors;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "runsAdopted" | "runStaleWrites">;
  /** Somebody asked to cancel a run that this ratd follows. */
  readonly onCancel: (active: ActiveRun) => void;
  /** Runs of a ratd that is gone were taken over: not known yet how they stand. */
  readonly onAdopt: (adopted: readonly ActiveRun[]) => void;
}

/** Leases are prolonged so many times in their life. */
const RENEWALS = 3;
/** Orphans taken over at a time. */
const ADOPTED = 200;

/** Keeps the leases of the runs of this ratd, and takes over those of others that lapsed. */
export class LeaseKeeper implements Disposable {
  readonly #deps: LeaseKeeperDeps;
  #stopped = false;
  #cancelTimer: () => void = () => undefined;

  constructor(deps: LeaseKeeperDeps) {
    this.#deps = deps;
  }

  /** Renews and adopts from now on. */
  start(): void {
    if (this.#stopped) return;
    this.#cancelTimer = this.#deps.clock.after(this.#deps.leaseMs / RENEWALS, () => {
      void this.beat().finally(() => this.start());
    });
  }

  /** One round. Never rejects. */
  async beat(): Promise<void> {
    try {
      await this.#renew();
      await this.#adopt();
    } catch (reason) {
      const error = RatError.from(reason);
      if (error.code !== "database_unavailable") {
        this.#deps.logger.error({ err: error.cause ?? error }, "leases could not be renewed");
      }
    }
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    this.#cancelTimer();
  }

  async #renew(): Promise<void> {
    const { store, active, onCancel } = this.#deps;
    const runs = active.all();
    if (runs.length === 0) return;
    const held = await store.renew(runs.map(({ run }) => run));
    for (const run of runs) {
      const lease = held.get(run.run.id);
      if (lease?.cancel === true && run.cancelledAt === undefined) onCancel(run);
      if (lease !== undefined || active.remove(run.run.id, run.run.epoch) === undefined) continue;
      // Ended or taken over meanwhile, in a way that this process did not hear of.
      this.#deps.metrics.runStaleWrites.inc({ write: "renew" });
      this.#deps.logger.warn(
        { run: run.run.id, epoch: String(run.run.epoch) },
        "a run belongs to somebody else now",
      );
    }
  }

  async #adopt(): Promise<void> {
    const { store, active, clock, metrics, logger, executors, executorGraceMs, onAdopt } = this.#deps;
    for (;;) {
      const orphans = await store.adopt(executors.names(), executorGraceMs, ADOPTED);
      if (orphans.length === 0) return;
      metrics.runsAdopted.inc(orphans.length);
      logger.info({ runs: orphans.length }, "took over runs of a ratd that is gone");
      const adopted = orphans.map((run) => new ActiveRun(run, "unsure", clock.monotonic()));
      for (const run of adopted) active.add(run);
      onAdopt(adopted);
      if (orphans.length < ADOPTED) return;
    }
  }
}
