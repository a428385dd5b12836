import type { Access } from "../access/access.ts";
import type { Caller } from "../access/caller.ts";
import { isIdentified } from "../access/principal.ts";
import { aboutRun } from "../access/question.ts";
import { listReadable, type ReadablePage, type WantedPage } from "../access/readable.ts";
import { RatError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import type { RunExecutors } from "./dispatch/executors.ts";
import type { RunLogs } from "./logs/run-logs.ts";
import type { RunCanceller } from "./run-canceller.ts";
import type { RunFilter, RunStore } from "./run-store.ts";
import type { RunRequest, RunSubmitter } from "./run-submitter.ts";
import type { RunWatch } from "./run-watch.ts";
import { isFinal, pipelineOf, type Run, type RunAttempt } from "./run.ts";

/** What serving callers needs. */
export interface RunServiceDeps {
  readonly store: RunStore;
  readonly submitter: RunSubmitter;
  readonly logs: RunLogs;
  readonly watch: RunWatch;
  readonly canceller: Pick<RunCanceller, "cancel">;
  readonly executors: Pick<RunExecutors, "waitingReason">;
  readonly access: Pick<Access, "decideAll">;
  readonly clock: Clock;
}

/** A run that a caller wants. */
export type WantedRun = Pick<
  RunRequest,
  "namespace" | "layer" | "pipeline" | "version" | "env" | "priority" | "idempotency"
>;

/** A run that was taken in. */
export interface SubmittedRun {
  readonly run: Run;
  /** The run was made by an earlier request with the same key. */
  readonly replayed: boolean;
}

/** Runs as callers start, see, await and end them. Each run that it answers says why it waits. */
export class RunService {
  readonly #deps: RunServiceDeps;

  constructor(deps: RunServiceDeps) {
    this.#deps = deps;
  }

  /** The output of runs. */
  get logs(): RunLogs {
    return this.#deps.logs;
  }

  /** News of single runs. */
  get watch(): RunWatch {
    return this.#deps.watch;
  }

  /** @throws RatError not_found */
  async get(id: string): Promise<Run> {
    return this.#explained(await this.#deps.store.get(id));
  }

  /** A run with its attempts that have ended, oldest first. @throws RatError not_found */
  async getWithAttempts(
    id: string,
  ): Promise<{ readonly run: Run; readonly attempts: readonly RunAttempt[] }> {
    const [run, attempts] = await Promise.all([this.get(id), this.#deps.store.attempts(id)]);
    return { run, attempts };
  }

  /** Those that the caller may read, newest first. */
  async list(filter: RunFilter, page: WantedPage, caller: Caller): Promise<ReadablePage<Run>> {
    const { access, store } = this.#deps;
    const { items, next } = await listReadable(access, caller, page, {
      fetch: ({ after, limit }) => store.list(filter, after?.[0], limit + 1),
      about: (run) => aboutRun("read", run.id, pipelineOf(run)),
      keysOf: ({ id }) => [id],
    });
    return { items: items.map((run) => this.#explained(run)), next };
  }

  /** Starts a run. @throws RatError validation_failed about reserved names; as `RunSubmitter.submit` does */
  submit(wanted: WantedRun, caller: Caller): Promise<SubmittedRun> {
    refuseReservedNames(wanted.env);
    return this.#submit({ ...wanted, trigger: "manual", retryOf: undefined }, caller);
  }

  /** Runs the same version with the same environment once more. @throws RatError not_found, conflict before the run has ended */
  async retry(id: string, idempotency: RunRequest["idempotency"], caller: Caller): Promise<SubmittedRun> {
    const { store } = this.#deps;
    const run = await store.get(id);
    if (!isFinal(run.state)) {
      throw new RatError("conflict", `Run ${run.id} is ${run.state}; only an ended run can be repeated.`);
    }
    const { namespace, layer, pipeline, version, priority } = run;
    const env = await store.env(run.id);
    const same = { namespace, layer, pipeline, version, env, priority };
    return this.#submit({ ...same, idempotency, trigger: "retry", retryOf: run.id }, caller);
  }

  /** Ends a run; one under way as soon as its executor has stopped it. @throws RatError not_found, conflict after its end */
  async cancel(id: string, caller: Caller): Promise<Run> {
    const result = await this.#deps.canceller.cancel(id, caller.principal.identity.userId);
    const run = await this.get(id);
    if (result === "ended") throw new RatError("conflict", `Run ${id} has ended already: ${run.state}.`);
    return run;
  }

  /** The run as soon as it has ended, or as it is when the time is up or `signal` aborts. @throws RatError not_found */
  async wait(id: string, milliseconds: number, signal: AbortSignal): Promise<Run> {
    const { clock, watch } = this.#deps;
    let over = false;
    const news = { wake: () => undefined as void };
    const stopWaiting = () => {
      over = true;
      news.wake();
    };
    const unwatch = watch.watch(id, () => news.wake());
    const cancel = clock.after(milliseconds, stopWaiting);
    signal.addEventListener("abort", stopWaiting, { once: true });
    try {
      for (;;) {
        const { promise, resolve } = Promise.withResolvers<void>();
        news.wake = resolve;
        const run = await this.get(id);
        if (isFinal(run.state) || over) return run;
        await promise;
      }
    } finally {
      cancel();
      unwatch();
    }
  }

  /** What a run answered. @throws RatError not_found, also for a run without an answer */
  async result(id: string): Promise<Readonly<Record<string, unknown>>> {
    const { store } = this.#deps;
    const run = await store.get(id);
    const result = await store.result(id);
    if (result !== null) return result;
    throw new RatError("not_found", `Run ${id} has no result: it is ${run.state} and of kind ${run.kind}.`);
  }

  async #submit(
    request: Omit<RunRequest, "createdBy" | "identified" | "roles">,
    { principal }: Caller,
  ): Promise<SubmittedRun> {
    const { id, replayed } = await this.#deps.submitter.submit({
      ...request,
      createdBy: principal.identity.userId,
      identified: isIdentified(principal),
      roles: principal.identity.roles,
    });
    return { run: await this.get(id), replayed };
  }

  /** A run that nobody has taken waits for the executors, unless something else is known. */
  #explained(run: Run): Run {
    if (run.state !== "pending" || run.reason !== "" || run.executor !== null) return run;
    return { ...run, reason: this.#deps.executors.waitingReason(run.isolation) };
  }
}

/** What begins with RAT_ is told by ratd and its executors. */
function refuseReservedNames(env: Readonly<Record<string, string>>): void {
  const violations = Object.keys(env)
    .filter((name) => name.startsWith("RAT_"))
    .map((name) => ({ pointer: `/env/${name}`, message: "names that begin with RAT_ are reserved" }));
  if (violations.length === 0) return;
  throw new RatError("validation_failed", "The environment uses reserved names.", { violations });
}
