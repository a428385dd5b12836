import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import { logText } from "./log-text.ts";
import type { RunLogLine } from "../../slots/executor/executor.ts";
import { newCallContext } from "../../slots/slot.ts";
import type { ActiveRun } from "../dispatch/active-run.ts";
import type { ActiveRuns } from "../dispatch/active-runs.ts";
import type { RunExecutor } from "../dispatch/executors.ts";
import type { RunLogs } from "./run-logs.ts";

/** Lines that go to the database together, and how long the first of them waits, milliseconds. */
const BATCH = 200;
const PATIENCE_MS = 100;

/** Hears that the output of an attempt has ended, and so probably the attempt. */
export type EndListener = (active: ActiveRun, executor: RunExecutor) => void;

/**
 * Fetches the output of runs whose executor does not push it. An attempt that pushes is left alone: its lines carry the
 * same numbers, so that what comes both ways is kept once.
 */
export class LogCollector {
  readonly #logs: RunLogs;
  readonly #active: ActiveRuns;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listeners = new Set<EndListener>();
  readonly #fetching = new Map<string, AbortController>();

  constructor(deps: {
    readonly logs: RunLogs;
    readonly active: ActiveRuns;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#logs = deps.logs;
    this.#active = deps.active;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
  }

  /** Calls `listener` when the output of an attempt has ended. */
  onEnd(listener: EndListener): void {
    this.#listeners.add(listener);
  }

  /** The executor pushes the output of this attempt by itself. */
  pushes(name: string): void {
    this.#fetching.get(name)?.abort();
  }

  /** Fetches the output of an attempt until it ends. Returns at once. */
  collect(active: ActiveRun, executor: RunExecutor): void {
    if (this.#fetching.has(active.name)) return;
    const stop = new AbortController();
    this.#fetching.set(active.name, stop);
    this.#fetch(active, executor, stop.signal)
      .catch((reason: unknown) => {
        if (!stop.signal.aborted)
          this.#logger.debug({ run: active.run.id, err: reason }, "output was not fetched");
      })
      .finally(() => this.#fetching.delete(active.name));
  }

  async #fetch(active: ActiveRun, executor: RunExecutor, signal: AbortSignal): Promise<void> {
    const context = { ...newCallContext("run", signal), requestId: active.name };
    let batch: RunLogLine[] = [];
    let sending: Promise<unknown> = Promise.resolve();
    let cancelTimer: (() => void) | undefined;
    const flush = () => {
      cancelTimer?.();
      cancelTimer = undefined;
      const lines = batch;
      batch = [];
      if (lines.length > 0) sending = sending.then(() => this.#store(active, lines));
      return sending;
    };
    for await (const line of executor.port.logs(active.name, 0, true, context)) {
      batch.push(line);
      if (batch.length >= BATCH) await flush();
      cancelTimer ??= this.#clock.after(PATIENCE_MS, () => void flush().catch(() => undefined));
    }
    await flush();
    if (this.#active.has(active)) for (const listener of this.#listeners) listener(active, executor);
  }

  async #store({ run }: ActiveRun, lines: readonly RunLogLine[]): Promise<void> {
    // The epoch of now: after a pause the run may be followed under a higher one.
    const epoch = this.#active.get(run.id)?.run.epoch ?? run.epoch;
    await this.#logs.append({
      run: run.id,
      attempt: run.attempt,
      epoch,
      first: lines[0]?.offset ?? 0,
      lines: lines.map(({ at, level, message }) => ({
        at: at?.getTime() ?? this.#clock.now(),
        level,
        message: logText(message),
      })),
    });
  }
}
