import { RatError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import type { RunReport } from "../../slots/executor/executor.ts";
import { isFinal, outcomeOf, parseAttemptName, type Outcome } from "../run.ts";
import type { ActiveRun, ActiveRuns } from "./active-runs.ts";
import type { DispatchStore } from "./dispatch-store.ts";
import type { ExecutorTraits } from "./executor-traits.ts";
import type { RunExecutor, RunExecutors } from "./executors.ts";
import type { Handover } from "./handover.ts";
import type { RunLedger } from "./run-ledger.ts";

/** What following runs is made from. */
export interface FollowDeps {
  readonly store: DispatchStore;
  readonly active: ActiveRuns;
  readonly ledger: RunLedger;
  readonly handover: Handover;
  readonly executors: RunExecutors;
  readonly traits: (executor: string) => ExecutorTraits;
  readonly executorGraceMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called once for each attempt that its executor has accepted, to fetch its output. */
  readonly onBegin: (active: ActiveRun, executor: RunExecutor) => void;
}

/** How long after its time limit an attempt may take to end by itself, milliseconds. */
const OVERDUE_GRACE_MS = 15_000;
/** Questions to an executor that must be asked run by run, at a time. */
const ASKED_AT_A_TIME = 16;

/**
 * Follows the runs that executors have. Executors push what happens; this asks behind them, so that a lost push costs a
 * poll and not a run: what ended unseen is taken in, what was forgotten is lost, and what stays away is given up after
 * the grace.
 */
export class Follow {
  readonly #deps: FollowDeps;

  constructor(deps: FollowDeps) {
    this.#deps = deps;
  }

  /** An executor has accepted an attempt. */
  begin(active: ActiveRun, executor: RunExecutor): void {
    if (active.cancelledAt !== undefined) void this.cancel(active);
    this.#deps.onBegin(active, executor);
  }

  /** Asks about everything: each executor about its runs, and the one that takes new ones about its places. */
  async poll(): Promise<void> {
    const { active, executors } = this.#deps;
    const names = new Set(active.all().map(({ run }) => run.executor));
    const taking = executors.taking();
    if (typeof taking !== "string") names.add(taking.name);
    await Promise.all([...names].map((name) => this.#pollExecutor(name)));
  }

  /** Finds out where one attempt stands and acts on it. Never rejects. */
  async settle(active: ActiveRun, executor: RunExecutor): Promise<void> {
    try {
      await this.#settle(active, executor);
    } catch (reason) {
      this.#away(active, executor.name, RatError.from(reason));
    }
  }

  /** Stops an attempt, now or as soon as its executor can be reached. */
  async cancel(active: ActiveRun): Promise<void> {
    const { clock, executors, handover } = this.#deps;
    active.cancelledAt ??= clock.monotonic();
    const executor = executors.find(active.run.executor);
    if (active.phase === "handing" || executor === undefined) return;
    try {
      const stops = await executor.port.cancel(active.name, handover.context(active));
      if (!stops) await this.settle(active, executor);
    } catch (reason) {
      const error = RatError.from(reason);
      if (error.code === "not_found") return this.settle(active, executor);
      this.#away(active, executor.name, error);
    }
  }

  /** Ends an attempt for which nobody but ratd has words. */
  async giveUp(active: ActiveRun, error: string, outcome: Outcome): Promise<void> {
    const empty = {
      status: "failed" as const,
      rowsWritten: 0n,
      durationMs: 0,
      exitCode: undefined,
      result: undefined,
    };
    await this.#end(active, { ...empty, error }, outcome);
  }

  async #pollExecutor(name: string): Promise<void> {
    const { active, executors, clock } = this.#deps;
    const executor = executors.find(name);
    const runs = active.of(name).filter(({ phase }) => phase !== "handing");
    if (executor === undefined) {
      const gone = new RatError("executor_unavailable", `The executor ${name} is no longer configured.`);
      for (const run of runs) this.#away(run, name, gone);
      return;
    }
    await this.#inquire(executor, runs);
    const now = clock.monotonic();
    for (const run of runs) if (active.has(run)) await this.#mind(run, executor, now);
  }

  /** What time demands of one attempt: an end, a repeated cancel, new credentials. */
  async #mind(run: ActiveRun, executor: RunExecutor, now: number): Promise<void> {
    const late = now - run.overdueAt;
    if (late > 2 * OVERDUE_GRACE_MS) return this.giveUp(run, "the time limit passed", "abandoned");
    if (late > OVERDUE_GRACE_MS || run.cancelledAt !== undefined) await this.cancel(run);
    if (run.cancelledAt !== undefined && now - run.cancelledAt > this.#deps.executorGraceMs) {
      return this.giveUp(run, "the executor did not stop it in time", "cancelled");
    }
    if (run.renewAt !== undefined && now >= run.renewAt) {
      const result = await this.#deps.handover.submit(run, executor.port);
      if (result.kind !== "accepted") {
        this.#deps.logger.warn({ run: run.run.id, result: result.kind }, "credentials were not renewed");
      }
    }
  }

  async #inquire(executor: RunExecutor, runs: readonly ActiveRun[]): Promise<void> {
    const traits = this.#deps.traits(executor.name);
    try {
      if (traits.inquiry === "list") return await this.#list(executor, runs, traits);
      if (traits.inquiry === "status") return await this.#askEach(executor, runs);
    } catch (reason) {
      const error = RatError.from(reason);
      if (error.code !== "not_available") {
        for (const run of runs) this.#away(run, executor.name, error);
        return;
      }
      traits.inquiry = traits.inquiry === "list" ? "status" : "none";
      if (traits.inquiry === "status") traits.inquiry = await this.#servesStatus(executor);
      traits.known = true;
      return this.#inquire(executor, runs);
    }
    // An executor that cannot be asked: reachable or not, there is nothing to learn.
    for (const run of runs) if (run.phase === "unsure") await this.#resubmit(run, executor, "unknown");
  }

  /** Whether the executor answers for single runs. An unknown one must be `not_found`. */
  async #servesStatus({ port }: RunExecutor): Promise<"status" | "none"> {
    const context = { requestId: "inquiry", traceparent: "", signal: AbortSignal.timeout(10_000) };
    try {
      await port.status(`${"0".repeat(26)}.1`, context);
    } catch (reason) {
      if (RatError.from(reason).code === "not_available") return "none";
    }
    return "status";
  }

  async #list(executor: RunExecutor, runs: readonly ActiveRun[], traits: ExecutorTraits): Promise<void> {
    const inventory = await executor.port.list({
      requestId: "inquiry",
      traceparent: "",
      signal: AbortSignal.timeout(10_000),
    });
    traits.capacity = inventory.capacity;
    const known = new Map(inventory.runs.map((run) => [run.runId, run]));
    for (const run of runs) {
      run.awaySince = undefined;
      const there = known.get(run.name);
      // What is missing may have come after the list was made: asked by name before it counts as lost.
      if (there === undefined || isFinal(there.status) || run.phase === "unsure")
        await this.settle(run, executor);
    }
    await this.#sweep(executor, inventory.runs);
  }

  async #askEach(executor: RunExecutor, runs: readonly ActiveRun[]): Promise<void> {
    for (let from = 0; from < runs.length; from += ASKED_AT_A_TIME) {
      await Promise.all(
        runs.slice(from, from + ASKED_AT_A_TIME).map(async (run) => {
          const asked = await this.#settle(run, executor).catch((reason: unknown) => RatError.from(reason));
          if (!(asked instanceof RatError)) return;
          if (asked.code === "not_available") throw asked;
          this.#away(run, executor.name, asked);
        }),
      );
    }
  }

  /** Stops what an executor still runs although its run has ended or gone on without it. */
  async #sweep(
    executor: RunExecutor,
    listed: readonly { readonly runId: string; readonly status: RunReport["status"] }[],
  ): Promise<void> {
    const strangers = listed.flatMap(({ runId, status }) => {
      const name = isFinal(status) ? undefined : parseAttemptName(runId);
      if (name === undefined || this.#deps.active.get(name.run)?.name === runId) return [];
      return [{ id: name.run, attempt: name.attempt }];
    });
    if (strangers.length === 0) return;
    for (const { id, attempt } of await this.#deps.store.superseded(strangers)) {
      this.#deps.logger.warn({ run: id, attempt, executor: executor.name }, "stopping a run that has ended");
      const signal = AbortSignal.timeout(10_000);
      const context = { requestId: id, traceparent: "", signal };
      await executor.port.cancel(`${id}.${attempt}`, context).catch(() => undefined);
    }
  }

  async #settle(active: ActiveRun, executor: RunExecutor): Promise<void> {
    const { ledger, handover, active: followed } = this.#deps;
    let report: RunReport;
    try {
      report = await executor.port.status(active.name, handover.context(active));
    } catch (reason) {
      const error = RatError.from(reason);
      if (error.code !== "not_found") throw error;
      active.awaySince = undefined;
      if (!followed.has(active)) return;
      // Never acknowledged: the executor may not have seen it. It starts an attempt's name at most once.
      if (active.phase === "unsure" && active.run.state === "pending")
        return this.#resubmit(active, executor, "absent");
      return this.giveUp(active, `the executor ${executor.name} does not know the run any more`, "lost");
    }
    active.awaySince = undefined;
    if (!followed.has(active)) return;
    if (isFinal(report.status)) return this.#end(active, report, outcomeOf(report.status, report.error));
    if (active.phase === "unsure") return this.#resubmit(active, executor, "there");
    if (report.status === "running") await ledger.started(active.run, executor.name);
  }

  /** Submits an attempt that the executor may have: it takes over the epoch, and starts only what it does not know. */
  async #resubmit(
    active: ActiveRun,
    executor: RunExecutor,
    attempt: "there" | "absent" | "unknown",
  ): Promise<void> {
    const { handover, ledger, active: followed } = this.#deps;
    const result = await handover.submit(active, executor.port);
    if (!followed.has(active)) return;
    const { run } = active;
    switch (result.kind) {
      case "accepted":
        active.phase = "running";
        if (isFinal(result.status)) return this.#settle(active, executor);
        if (result.status === "running") await ledger.started(run, executor.name);
        return this.begin(active, executor);
      case "not-taken":
        // Only what has certainly not begun goes back into the queue; the rest is tried again at the next poll.
        if (run.state === "pending" && (attempt === "absent" || (attempt === "unknown" && result.full))) {
          await ledger.released({ id: run.id, epoch: run.epoch, delayMs: 500, reason: result.reason });
        }
        return;
      case "refused":
        return this.giveUp(active, result.reason, "refused");
      case "fenced":
        followed.remove(run.id, run.epoch);
        return;
      case "unsure":
        this.#away(active, executor.name, new RatError("plugin_unavailable", result.reason));
    }
  }

  /** The executor did not answer about an attempt. */
  #away(active: ActiveRun, executor: string, error: RatError): void {
    if (error.code === "database_unavailable") return;
    const now = this.#deps.clock.monotonic();
    active.awaySince ??= now;
    if (now - active.awaySince < this.#deps.executorGraceMs) return;
    const seconds = Math.round((now - active.awaySince) / 1000);
    const reason = `the executor ${executor} has been away for ${seconds} s, so nobody knows how it ended: ${error.message}`;
    void this.giveUp(active, reason, "abandoned");
  }

  async #end({ run }: ActiveRun, report: RunReport, outcome: Outcome): Promise<void> {
    const { error, exitCode, rowsWritten, result } = report;
    const end = { id: run.id, epoch: run.epoch, outcome, error, exitCode, rowsWritten, result };
    try {
      const state = await this.#deps.ledger.ended(end, run.attempt, run.executor);
      if (state === "stale") this.#deps.active.remove(run.id, run.epoch);
      this.#deps.traits(run.executor).ended();
    } catch (reason) {
      // Tried again at the next poll.
      if (RatError.from(reason).code !== "database_unavailable") throw reason;
    }
  }
}
