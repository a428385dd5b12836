import type { RunsConfig } from "../../config/config.ts";
import { RatError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Metrics } from "../../platform/metrics.ts";
import { ActiveRun } from "./active-run.ts";
import type { ActiveRuns } from "./active-runs.ts";
import type { Attempts } from "./attempts.ts";
import type { DispatchStore, OwnedRun } from "./dispatch-store.ts";
import type { KnownExecutors } from "./executor-traits.ts";
import type { RunExecutor, RunExecutors } from "./executors.ts";

/** What dispatch needs. */
export interface DispatcherDeps {
  readonly store: Pick<DispatchStore, "claim">;
  readonly active: ActiveRuns;
  readonly attempts: Pick<Attempts, "hand">;
  readonly executors: Pick<RunExecutors, "taking">;
  readonly known: KnownExecutors;
  readonly config: Pick<RunsConfig, "maxRunning" | "maxRunningPerNamespace">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "runsClaimed">;
}

/** Runs that one claim takes. */
const BATCH = 100;

/** Takes runs from the queue and hands them to the executor that serves, as many as there are places. */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  #working = false;
  #again = false;
  #takes = false;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  /** Takes runs from now on; the tables must be there. */
  start(): void {
    this.#takes = true;
    this.look();
  }

  /** Looks at the queue, now or as soon as the present look is over. */
  look(): void {
    this.#again = true;
    if (!this.#working && this.#takes) void this.#work();
  }

  /** Takes no more runs. */
  stop(): void {
    this.#takes = false;
  }

  async #work(): Promise<void> {
    this.#working = true;
    while (this.#again && this.#takes) {
      this.#again = false;
      try {
        await this.#claim();
      } catch (reason) {
        const error = RatError.from(reason);
        // The next poll looks again.
        if (error.code !== "database_unavailable") {
          this.#deps.logger.error({ err: error.cause ?? error }, "the queue of runs could not be read");
        }
      }
    }
    this.#working = false;
  }

  async #claim(): Promise<void> {
    const { store, executors, known, config, metrics } = this.#deps;
    const executor = executors.taking();
    if (typeof executor === "string") return;
    const before = this.#deps.clock.monotonic();
    const claimed = await store.claim({
      executor: executor.name,
      places: known.traits(executor.name).places(config.maxRunning),
      isolations: executor.isolations,
      namespaceLimit: config.maxRunningPerNamespace,
      batch: BATCH,
    });
    if (claimed.length === 0) return;
    this.#again = true;
    metrics.runsClaimed.inc({ executor: executor.name }, claimed.length);
    for (const run of claimed) void this.#hand(run, executor, before);
  }

  async #hand(run: OwnedRun, executor: RunExecutor, claimedAt: number): Promise<void> {
    const { active: followed, attempts, clock, logger } = this.#deps;
    const active = new ActiveRun(run, "handing", clock.monotonic(), claimedAt);
    followed.add(active);
    try {
      await attempts.hand(active, executor, "new");
    } catch (reason) {
      // The database is away; the attempt is cleared up by the next poll.
      active.doubt();
      const error = RatError.from(reason);
      if (error.code !== "database_unavailable") {
        logger.error({ run: run.id, err: error.cause ?? error }, "a run could not be handed over");
      }
    }
  }
}
