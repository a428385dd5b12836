import { RatError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import type { RunInventory } from "../../slots/executor/executor.ts";
import { newCallContext, type CallContext } from "../../slots/slot.ts";
import { attemptName, isFinal, parseAttemptName } from "../run.ts";
import type { ActiveRun } from "./active-run.ts";
import type { ActiveRuns } from "./active-runs.ts";
import type { Attempts } from "./attempts.ts";
import type { DispatchStore } from "./dispatch-store.ts";
import type { ExecutorTraits, KnownExecutors } from "./executor-traits.ts";
import type { RunExecutor, RunExecutors } from "./executors.ts";

/** What following runs needs. */
export interface FollowDeps {
  readonly store: Pick<DispatchStore, "superseded">;
  readonly active: ActiveRuns;
  readonly attempts: Pick<Attempts, "hand" | "renew" | "settle" | "ask" | "cancel" | "miss" | "giveUp">;
  readonly executors: Pick<RunExecutors, "taking" | "find">;
  readonly known: KnownExecutors;
  /** How long an executor may take to stop an attempt, milliseconds. */
  readonly executorGraceMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the calls under way when ratd stops. */
  readonly signal: AbortSignal;
}

/** How long after its time limit an attempt may take to end by itself, milliseconds. */
const OVERDUE_GRACE_MS = 15_000;
/** Questions to an executor that must be asked run by run, at a time. */
const ASKED_AT_A_TIME = 16;
/** The name of an attempt that there cannot be. */
const NO_ATTEMPT = attemptName("0".repeat(26), 1);

/**
 * Asks executors about the runs that they have. Executors push what happens; this asks behind them, so that a lost push
 * costs a poll and not a run: what ended unseen is taken in, what was forgotten is lost, and what stays away is given up
 * after the grace.
 */
export class Follow {
  readonly #deps: FollowDeps;

  constructor(deps: FollowDeps) {
    this.#deps = deps;
  }

  /** Asks about everything: each executor about its runs, and the one that takes new ones about its places. */
  async poll(): Promise<void> {
    const { active, executors } = this.#deps;
    const names = new Set(active.all().map(({ run }) => run.executor));
    const taking = executors.taking();
    if (typeof taking !== "string") names.add(taking.name);
    await Promise.all([...names].map((name) => this.#pollExecutor(name)));
  }

  async #pollExecutor(name: string): Promise<void> {
    const { active, attempts, executors, clock } = this.#deps;
    const executor = executors.find(name);
    const runs = active.of(name).filter(({ phase }) => phase !== "handing");
    if (executor === undefined) {
      const gone = new RatError("executor_unavailable", `The executor ${name} is no longer configured.`);
      for (const run of runs) attempts.miss(run, name, gone);
      return;
    }
    await this.#inquire(executor, runs);
    const now = clock.monotonic();
    for (const run of runs) if (active.has(run)) await this.#mind(run, executor, now);
  }

  /** What time demands of one attempt: an end, a repeated cancel, new credentials. */
  async #mind(run: ActiveRun, executor: RunExecutor, now: number): Promise<void> {
    const { attempts, executorGraceMs, logger } = this.#deps;
    const late = run.overdueBy(now);
    if (late > 2 * OVERDUE_GRACE_MS) return attempts.giveUp(run, "the time limit passed", "abandoned");
    if (late > OVERDUE_GRACE_MS || run.cancelled) await attempts.cancel(run);
    if (run.cancelledFor(now) > executorGraceMs) {
      return attempts.giveUp(run, "the executor did not stop it in time", "cancelled");
    }
    if (!run.renewalDue(now)) return;
    const { kind } = await attempts.renew(run, executor);
    if (kind !== "accepted") logger.warn({ run: run.run.id, result: kind }, "credentials were not renewed");
  }

  async #inquire(executor: RunExecutor, runs: readonly ActiveRun[]): Promise<void> {
    const { attempts, known } = this.#deps;
    const traits = known.traits(executor.name);
    try {
      if (traits.inquiry === "list") return await this.#list(executor, runs, traits);
      if (traits.inquiry === "status") return await this.#askEach(executor, runs);
    } catch (reason) {
      const error = RatError.from(reason);
      if (error.code !== "not_available") {
        for (const run of runs) attempts.miss(run, executor.name, error);
        return;
      }
      traits.learn(traits.inquiry === "list" ? await this.#withoutList(executor) : "none");
      return this.#inquire(executor, runs);
    }
    // An executor that cannot be asked: reachable or not, there is nothing to learn.
    for (const run of runs) if (run.phase === "unsure") await attempts.hand(run, executor, "unknown");
  }

  /** How to ask an executor that lists nothing: one that answers for single runs does not know this one. */
  async #withoutList({ port }: RunExecutor): Promise<"status" | "none"> {
    try {
      await port.status(NO_ATTEMPT, this.#context());
    } catch (reason) {
      if (RatError.from(reason).code === "not_available") return "none";
    }
    return "status";
  }

  async #list(executor: RunExecutor, runs: readonly ActiveRun[], traits: ExecutorTraits): Promise<void> {
    const inventory = await executor.port.list(this.#context());
    traits.listed(inventory.capacity);
    const listed = new Map(inventory.runs.map((run) => [run.runId, run]));
    for (const run of runs) {
      const there = listed.get(run.name);
      if (there !== undefined) run.hear();
      // What is missing may have come after the list was made: asked by name before it counts as lost.
      if (there === undefined || isFinal(there.status) || run.phase === "unsure") {
        await this.#deps.attempts.settle(run, executor);
      }
    }
    await this.#sweep(executor, inventory);
  }

  async #askEach(executor: RunExecutor, runs: readonly ActiveRun[]): Promise<void> {
    const { attempts } = this.#deps;
    for (let from = 0; from < runs.length; from += ASKED_AT_A_TIME) {
      await Promise.all(
        runs.slice(from, from + ASKED_AT_A_TIME).map(async (run) => {
          try {
            await attempts.ask(run, executor);
          } catch (reason) {
            const error = RatError.from(reason);
            if (error.code === "not_available") throw error;
            attempts.miss(run, executor.name, error);
          }
        }),
      );
    }
  }

  /** Stops what an executor still runs although its run has ended or gone on without it. */
  async #sweep(executor: RunExecutor, { runs }: RunInventory): Promise<void> {
    const { active, store, logger } = this.#deps;
    const strangers = runs.flatMap(({ runId, status }) => {
      const name = isFinal(status) ? undefined : parseAttemptName(runId);
      if (name === undefined || active.get(name.run)?.name === runId) return [];
      return [{ id: name.run, attempt: name.attempt }];
    });
    if (strangers.length === 0) return;
    for (const { id, attempt } of await store.superseded(strangers)) {
      logger.warn({ run: id, attempt, executor: executor.name }, "stopping a run that has ended");
      await executor.port.cancel(attemptName(id, attempt), this.#context()).catch(() => undefined);
    }
  }

  #context(): CallContext {
    return newCallContext("inquiry", this.#deps.signal);
  }
}
