import { RatError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Metrics } from "../../platform/metrics.ts";
import { ActiveRun } from "./active-run.ts";
import type { ActiveRuns } from "./active-runs.ts";
import type { Attempts } from "./attempts.ts";
import type { RunExecutors } from "./executors.ts";
import type { DispatchStore } from "./dispatch-store.ts";

/** What keeping run leases needs. */
export interface RunLeaseKeeperDeps {
  readonly store: Pick<DispatchStore, "renew" | "adopt" | "yield">;
  readonly active: ActiveRuns;
  readonly attempts: Pick<Attempts, "cancel" | "settle">;
  readonly leaseMs: number;
  /** How long the runs of executors that this replica does not know are left to others, milliseconds. */
  readonly executorGraceMs: number;
  readonly executors: Pick<RunExecutors, "find" | "names">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "runsAdopted" | "runStaleWrites">;
}

/** Run leases are prolonged so many times in their life. */
const RENEWALS = 3;
/** Orphans taken over at a time. */
const ADOPTED = 200;

/** Keeps the run leases of this replica, and takes over the runs of others whose leases lapsed. */
export class RunLeaseKeeper {
  readonly #deps: RunLeaseKeeperDeps;
  #stopped = false;
  #cancelTimer: () => void = () => undefined;

  constructor(deps: RunLeaseKeeperDeps) {
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
        this.#deps.logger.error({ err: error.cause ?? error }, "run leases could not be renewed");
      }
    }
  }

  /** Renews no more, and lets go of what is held, so that whoever comes next need not wait. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    const mine = this.#deps.active.all().map(({ run }) => run);
    if (mine.length > 0) await this.#deps.store.yield(mine).catch(() => undefined);
  }

  async #renew(): Promise<void> {
    const { store, active, attempts } = this.#deps;
    const runs = active.all();
    if (runs.length === 0) return;
    const held = await store.renew(runs.map(({ run }) => run));
    for (const run of runs) {
      const lease = held.get(run.run.id);
      if (lease?.cancel === true && !run.cancelled) void attempts.cancel(run);
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
    const { store, active, attempts, clock, metrics, logger, executors, executorGraceMs } = this.#deps;
    for (;;) {
      const orphans = await store.adopt(executors.names(), executorGraceMs, ADOPTED);
      if (orphans.length === 0) return;
      metrics.runsAdopted.inc(orphans.length);
      logger.info({ runs: orphans.length }, "took over runs of a replica that is gone");
      for (const run of orphans) {
        const adopted = new ActiveRun(run, "unsure", clock.monotonic());
        active.add(adopted);
        const executor = executors.find(run.executor);
        if (executor !== undefined) void attempts.settle(adopted, executor);
      }
      if (orphans.length < ADOPTED) return;
    }
  }
}
