import { RatError } from "../errors.ts";
import type { ExecutorPort, RunInventory, RunLogLine, RunReport } from "../slots/executor/executor.ts";
import type { CallContext } from "../slots/slot.ts";

/** One runner of the pool. */
export interface PoolRunner {
  /** Its address, for people. */
  readonly name: string;
  readonly port: ExecutorPort;
  /** Whether its last health check was good. */
  readonly ready: () => boolean;
}

/** Runs whose runner is remembered; those that are forgotten are asked for. */
const REMEMBERED = 10_000;

/**
 * The built-in executor: one or several runners that are always on. A run goes to the runner with the fewest; where a
 * run is, is remembered, and asked of all runners when it is not. A run counts as unknown only when every runner has
 * said so: one that cannot be reached may have it.
 */
export class WarmPool implements ExecutorPort {
  readonly #runners: () => readonly PoolRunner[];
  readonly #places = new Map<string, PoolRunner>();
  readonly #loads = new Map<PoolRunner, number>();

  constructor(runners: () => readonly PoolRunner[]) {
    this.#runners = runners;
  }

  /** Why it takes no runs now; undefined when it does. */
  get waiting(): string | undefined {
    const runners = this.#runners();
    if (runners.length === 0) return "The warm pool has no runner (runs.runners in rat.yaml is empty).";
    if (runners.some((runner) => runner.ready())) return undefined;
    return `No runner of the warm pool answers: ${runners.map(({ name }) => name).join(", ")}.`;
  }

  /** Whether it has runners, reachable or not. */
  get present(): boolean {
    return this.#runners().length > 0;
  }

  async submit(run: Parameters<ExecutorPort["submit"]>[0], context: CallContext) {
    const known = this.#placeOf(run.runId);
    if (known !== undefined) return known.port.submit(run, context);
    const candidates = this.#runners()
      .filter((runner) => runner.ready())
      .toSorted((a, b) => this.#load(a) - this.#load(b));
    let refusal = this.#unavailable();
    for (const runner of candidates) {
      // Remembered before the call: when its answer gets lost, this runner is the one to ask.
      this.#remember(run.runId, runner);
      try {
        return await runner.port.submit(run, context);
      } catch (reason) {
        const error = RatError.from(reason);
        if (error.code !== "executor_unavailable") throw error;
        this.#forget(run.runId);
        refusal = error;
      }
    }
    throw refusal;
  }

  async cancel(runId: string, context: CallContext): Promise<boolean> {
    return (await this.#ask(runId, ({ port }) => port.cancel(runId, context))).answer;
  }

  async status(runId: string, context: CallContext): Promise<RunReport> {
    return (await this.#ask(runId, ({ port }) => port.status(runId, context))).answer;
  }

  /** The runs of all runners that answer. @throws RatError when none does. */
  async list(context: CallContext): Promise<RunInventory> {
    const runners = this.#runners();
    if (runners.length === 0) throw this.#unavailable();
    const inventories = await Promise.allSettled(
      runners.map(async (runner) => ({ runner, ...(await runner.port.list(context)) })),
    );
    const reached = inventories.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    for (const { runner, runs } of reached) {
      this.#loads.set(
        runner,
        runs.filter(({ status }) => status === "running" || status === "pending").length,
      );
      for (const { runId } of runs) this.#remember(runId, runner);
    }
    const failed = inventories.find((result) => result.status === "rejected");
    if (failed !== undefined && reached.length === 0) throw failed.reason;
    return {
      runs: reached.flatMap(({ runs }) => runs),
      capacity: reached.reduce((sum, { capacity }) => sum + capacity, 0),
    };
  }

  async *logs(
    runId: string,
    offset: number,
    follow: boolean,
    context: CallContext,
  ): AsyncGenerator<RunLogLine> {
    const { runner } = await this.#ask(runId, ({ port }) => port.status(runId, context));
    yield* runner.port.logs(runId, offset, follow, context);
  }

  /** Asks the runner that has the run, or all of them. */
  async #ask<T>(
    runId: string,
    question: (runner: PoolRunner) => Promise<T>,
  ): Promise<{ readonly runner: PoolRunner; readonly answer: T }> {
    const known = this.#placeOf(runId);
    if (known !== undefined) return { runner: known, answer: await question(known) };
    const runners = this.#runners();
    const answers = await Promise.allSettled(
      runners.map(async (runner) => ({ runner, answer: await question(runner) })),
    );
    const found = answers.find((result) => result.status === "fulfilled");
    if (found !== undefined) {
      this.#remember(runId, found.value.runner);
      return found.value;
    }
    const errors = answers.flatMap((result) =>
      result.status === "rejected" ? [RatError.from(result.reason)] : [],
    );
    throw errors.find(({ code }) => code !== "not_found") ?? errors[0] ?? this.#unavailable();
  }

  #unavailable(): RatError {
    return new RatError("executor_unavailable", this.waiting ?? "No runner took the run.", {
      retryAfterSeconds: 1,
    });
  }

  /** Where a run is, as long as that runner is one of the pool. */
  #placeOf(runId: string): PoolRunner | undefined {
    const runner = this.#places.get(runId);
    return runner !== undefined && this.#runners().includes(runner) ? runner : undefined;
  }

  #load(runner: PoolRunner): number {
    return this.#loads.get(runner) ?? 0;
  }

  #remember(runId: string, runner: PoolRunner): void {
    if (!this.#places.has(runId)) this.#loads.set(runner, this.#load(runner) + 1);
    this.#places.set(runId, runner);
    const oldest = this.#places.size > REMEMBERED ? this.#places.keys().next().value : undefined;
    if (oldest !== undefined) this.#places.delete(oldest);
  }

  #forget(runId: string): void {
    const runner = this.#places.get(runId);
    if (runner !== undefined) this.#loads.set(runner, Math.max(0, this.#load(runner) - 1));
    this.#places.delete(runId);
  }
}
