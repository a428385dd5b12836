import type { RunsConfig } from "../../config/config.ts";
import { RatError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Metrics } from "../../platform/metrics.ts";
import { isFinal } from "../run.ts";
import { ActiveRun, type ActiveRuns } from "./active-runs.ts";
import type { DispatchStore, OwnedRun } from "./dispatch-store.ts";
import type { ExecutorTraits } from "./executor-traits.ts";
import type { RunExecutor, RunExecutors } from "./executors.ts";
import type { Follow } from "./follow.ts";
import type { Handover } from "./handover.ts";
import type { RunLedger } from "./run-ledger.ts";

/** What dispatch is made from. */
export interface DispatcherDeps {
  readonly store: DispatchStore;
  readonly active: ActiveRuns;
  readonly ledger: RunLedger;
  readonly handover: Handover;
  readonly follow: Follow;
  readonly executors: RunExecutors;
  readonly traits: (executor: string) => ExecutorTraits;
  readonly config: Pick<RunsConfig, "maxRunning" | "maxRunningPerNamespace">;
  /** Whether the tables are there. */
  readonly ready: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "runsClaimed">;
}

/** Runs that one claim takes. */
const BATCH = 100;
/** How long a run waits that its executor did not take, milliseconds. */
const REFUSED_DELAY_MS = 500;
/** The same for one that lacks something else, for example credentials. */
const HELD_DELAY_MS = 3000;

/** Takes runs from the queue and hands them to the executor that serves, as many as there are places. */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  #working = false;
  #again = false;
  #stopped = false;
  #cancelRetry: (() => void) | undefined;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  /** Looks at the queue, now or as soon as the present look is over. */
  wake(): void {
    this.#again = true;
    if (!this.#working && !this.#stopped) void this.#work();
  }

  /** Takes no more runs. */
  stop(): void {
    this.#stopped = true;
    this.#cancelRetry?.();
  }

  async #work(): Promise<void> {
    this.#working = true;
    while (this.#again && !this.#stopped) {
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
    const { store, executors, traits, config, metrics, ready } = this.#deps;
    if (!ready()) return;
    const executor = executors.taking();
    if (typeof executor === "string") return;
    const before = this.#deps.clock.monotonic();
    const claimed = await store.claim({
      executor: executor.name,
      places: traits(executor.name).places(config.maxRunning),
      isolations: executor.isolations,
      namespaceLimit: config.maxRunningPerNamespace,
      batch: BATCH,
    });
    if (claimed.length === 0) return;
    this.#again = true;
    metrics.runsClaimed.inc({ executor: executor.name }, claimed.length);
    for (const run of claimed) void this.#hand(run, executor, before);
  }

  async #hand(run: OwnedRun, executor: RunExecutor, heldSince: number): Promise<void> {
    const { active: followed, clock, logger } = this.#deps;
    const active = new ActiveRun(run, "handing", clock.monotonic(), heldSince);
    followed.add(active);
    try {
      await this.#submit(active, executor);
    } catch (reason) {
      // The database is away; the attempt is cleared up by the next poll.
      if (followed.has(active) && active.phase === "handing") active.phase = "unsure";
      const error = RatError.from(reason);
      if (error.code !== "database_unavailable") {
        logger.error({ run: run.id, err: error.cause ?? error }, "a run could not be handed over");
      }
    }
  }

  async #submit(active: ActiveRun, executor: RunExecutor): Promise<void> {
    const { handover, ledger, follow, active: followed, traits } = this.#deps;
    const { run } = active;
    const result = await handover.submit(active, executor.port);
    // A report may have been faster than the answer.
    if (!followed.has(active)) return;
    switch (result.kind) {
      case "accepted":
        active.phase = "running";
        if (isFinal(result.status)) return follow.settle(active, executor);
        if (result.status === "running") await ledger.started(run, executor.name);
        follow.begin(active, executor);
        return;
      case "not-taken":
        if (result.full) traits(executor.name).refused(followed.of(executor.name).length - 1);
        await ledger.released({
          id: run.id,
          epoch: run.epoch,
          delayMs: result.full ? REFUSED_DELAY_MS : HELD_DELAY_MS,
          reason: result.reason,
        });
        this.#retryAfter(result.full ? REFUSED_DELAY_MS : HELD_DELAY_MS);
        return;
      case "refused":
        return follow.giveUp(active, result.reason, "refused");
      case "fenced":
        // Another ratd has it; or, where nobody has, the executor knows of a higher epoch: the next claim is higher too.
        await ledger.released({
          id: run.id,
          epoch: run.epoch,
          delayMs: REFUSED_DELAY_MS,
          reason: result.reason,
        });
        this.#retryAfter(REFUSED_DELAY_MS);
        return;
      case "unsure":
        active.phase = "unsure";
        return follow.settle(active, executor);
    }
  }

  /** Looks again when released runs may be claimed once more. */
  #retryAfter(ms: number): void {
    this.#cancelRetry ??= this.#deps.clock.after(ms, () => {
      this.#cancelRetry = undefined;
      this.wake();
    });
  }
}
