import { RatError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { RunReport } from "../../slots/executor/executor.ts";
import type { LogCollector } from "../logs/log-collector.ts";
import { isFinal, outcomeOf, type Outcome } from "../run.ts";
import type { RunQueue } from "../run-queue.ts";
import type { ActiveRun } from "./active-run.ts";
import type { ActiveRuns } from "./active-runs.ts";
import type { KnownExecutors } from "./executor-traits.ts";
import type { RunExecutor, RunExecutors } from "./executors.ts";
import type { Handover, HandoverResult } from "./handover.ts";
import type { RunLedger } from "./run-ledger.ts";

/** What attempts need. */
export interface AttemptsDeps {
  readonly active: ActiveRuns;
  readonly ledger: Pick<RunLedger, "started" | "ended" | "released">;
  readonly handover: Pick<Handover, "submit" | "context">;
  readonly executors: Pick<RunExecutors, "find">;
  readonly known: KnownExecutors;
  readonly queue: Pick<RunQueue, "lookAfter">;
  /** Fetches the output of each attempt that its executor has accepted. */
  readonly collector: Pick<LogCollector, "collect">;
  /** How long an executor may be silent before its attempts are given up, milliseconds. */
  readonly executorGraceMs: number;
  readonly clock: Clock;
}

/**
 * What is known of an attempt at its executor before it is handed over: nobody has handed it over yet; the executor has
 * it; the executor does not know it; or the executor cannot be asked.
 */
export type Whereabouts = "new" | "there" | "absent" | "unknown";

/** How long a run waits that its executor did not take, milliseconds. */
const REFUSED_DELAY_MS = 500;
/** The same for one that lacks something else, for example credentials. */
const HELD_DELAY_MS = 3000;

/** What happens to single attempts: each is handed over, asked about, stopped and ended here. */
export class Attempts {
  readonly #deps: AttemptsDeps;

  constructor(deps: AttemptsDeps) {
    this.#deps = deps;
  }

  /** Hands an attempt over. An executor that has it takes over the epoch, and starts only what it does not know. */
  async hand(active: ActiveRun, executor: RunExecutor, whereabouts: Whereabouts): Promise<void> {
    const { handover, ledger, known, active: followed } = this.#deps;
    const { run } = active;
    const result = await handover.submit(active, executor.port);
    // A report may have been faster than the answer.
    if (!followed.has(active)) return;
    switch (result.kind) {
      case "accepted":
        active.accept();
        if (isFinal(result.status)) return this.settle(active, executor);
        if (result.status === "running") await ledger.started(run, executor.name);
        return this.#accepted(active, executor);
      case "not-taken":
        if (whereabouts === "new" && result.full) {
          known.traits(executor.name).refused(followed.of(executor.name).length - 1);
        }
        if (mayRelease(active, whereabouts, result.full)) {
          await this.#release(active, result.full ? REFUSED_DELAY_MS : HELD_DELAY_MS, result.reason);
        }
        return;
      case "refused":
        return this.giveUp(active, result.reason, "refused");
      case "fenced":
        // Another replica has it; or, where nobody has, the executor knows of a higher epoch: the next claim is higher too.
        if (whereabouts === "new") return this.#release(active, REFUSED_DELAY_MS, result.reason);
        followed.remove(run.id, run.epoch);
        return;
      case "unsure":
        if (active.phase === "handing") {
          active.doubt();
          return this.settle(active, executor);
        }
        this.miss(active, executor.name, new RatError("plugin_unavailable", result.reason));
    }
  }

  /** Gives the executor fresh credentials of an attempt that it has. */
  renew(active: ActiveRun, executor: RunExecutor): Promise<HandoverResult> {
    return this.#deps.handover.submit(active, executor.port);
  }

  /** Finds out where an attempt stands and acts on it. Never rejects. */
  async settle(active: ActiveRun, executor: RunExecutor): Promise<void> {
    try {
      await this.ask(active, executor);
    } catch (reason) {
      this.miss(active, executor.name, RatError.from(reason));
    }
  }

  /** As `settle`. @throws RatError when the executor does not answer */
  async ask(active: ActiveRun, executor: RunExecutor): Promise<void> {
    const { ledger, handover, active: followed } = this.#deps;
    let report: RunReport;
    try {
      report = await executor.port.status(active.name, handover.context(active));
    } catch (reason) {
      if (RatError.from(reason).code !== "not_found") throw reason;
      active.hear();
      if (!followed.has(active)) return;
      // Never acknowledged: the executor may not have seen it. It starts an attempt's name at most once.
      if (active.phase === "unsure" && active.run.state === "pending") {
        return this.hand(active, executor, "absent");
      }
      return this.giveUp(active, `the executor ${executor.name} does not know the run any more`, "lost");
    }
    active.hear();
    if (!followed.has(active)) return;
    if (isFinal(report.status)) return this.#end(active, report, outcomeOf(report.status, report.error));
    if (active.phase === "unsure") return this.hand(active, executor, "there");
    if (report.status === "running") await ledger.started(active.run, executor.name);
  }

  /** Stops an attempt, now or as soon as its executor can be reached. Never rejects. */
  async cancel(active: ActiveRun): Promise<void> {
    const { clock, executors, handover } = this.#deps;
    active.cancel(clock.monotonic());
    const executor = executors.find(active.run.executor);
    if (active.phase === "handing" || executor === undefined) return;
    try {
      const stops = await executor.port.cancel(active.name, handover.context(active));
      if (!stops) await this.settle(active, executor);
    } catch (reason) {
      const error = RatError.from(reason);
      if (error.code === "not_found") return this.settle(active, executor);
      this.miss(active, executor.name, error);
    }
  }

  /** The executor did not answer about an attempt: after the grace it is given up. */
  miss(active: ActiveRun, executor: string, error: RatError): void {
    if (error.code === "database_unavailable") return;
    const silentMs = active.miss(this.#deps.clock.monotonic());
    if (silentMs < this.#deps.executorGraceMs) return;
    const away = `the executor ${executor} has been away for ${Math.round(silentMs / 1000)} s`;
    void this.giveUp(active, `${away}, so nobody knows how it ended: ${error.message}`, "abandoned");
  }

  /** Ends an attempt of which its executor has no report. */
  giveUp(active: ActiveRun, error: string, outcome: Outcome): Promise<void> {
    return this.#end(active, { error, exitCode: undefined, rowsWritten: 0n, result: undefined }, outcome);
  }

  #accepted(active: ActiveRun, executor: RunExecutor): void {
    // Asked for while the call was under way.
    if (active.cancelled) void this.cancel(active);
    this.#deps.collector.collect(active, executor);
  }

  async #release({ run }: ActiveRun, delayMs: number, reason: string): Promise<void> {
    await this.#deps.ledger.released({ id: run.id, epoch: run.epoch, delayMs, reason });
    this.#deps.queue.lookAfter(delayMs);
  }

  async #end(
    { run }: ActiveRun,
    report: Pick<RunReport, "error" | "exitCode" | "rowsWritten" | "result">,
    outcome: Outcome,
  ): Promise<void> {
    const { error, exitCode, rowsWritten, result } = report;
    const end = { id: run.id, epoch: run.epoch, outcome, error, exitCode, rowsWritten, result };
    try {
      const state = await this.#deps.ledger.ended(end, run.attempt, run.executor);
      if (state === "stale") this.#deps.active.remove(run.id, run.epoch);
      this.#deps.known.traits(run.executor).ended();
    } catch (reason) {
      // Tried again at the next poll.
      if (RatError.from(reason).code !== "database_unavailable") throw reason;
    }
  }
}

/** Only what has certainly not begun goes back into the queue; the rest is tried again at the next poll. */
function mayRelease({ run }: ActiveRun, whereabouts: Whereabouts, full: boolean): boolean {
  if (whereabouts === "new") return true;
  return run.state === "pending" && (whereabouts === "absent" || (whereabouts === "unknown" && full));
}
