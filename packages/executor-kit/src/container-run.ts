import { setTimeout as pause } from "node:timers/promises";
import type {
  LogLine,
  PluginLog,
  RunBinding,
  RunReport,
  RunReporter,
  RunReports,
  RunState,
} from "@rat/plugin-sdk";
import type { ExecutorSettings } from "./executor-settings.ts";
import type { EndedState, Engine } from "./engine.ts";
import { followLog } from "./log-follower.ts";
import { LogLines } from "./log-lines.ts";
import { outcomeOf, type StopReason } from "./outcome.ts";
import type { RunRecord } from "./run-labels.ts";
import { readSqlResult } from "./sql-run.ts";

/** What every run of an executor shares. */
export interface RunSurroundings {
  readonly engine: Engine;
  readonly reporter: RunReporter;
  readonly log: PluginLog;
  readonly now: () => Date;
  settings(): ExecutorSettings;
}

/** Where the reports of a run go. The token is secret. */
export type ReportAddress = Omit<RunBinding, "runId">;

/** How long an engine that does not answer is left alone, in milliseconds. */
const RETRY_MS = 1000;
/** How long one question for the end of a container stays open before its state is asked for: an engine that found the
 * container dead at its start never answers it. In milliseconds. */
const WAIT_MS = 5000;
/** How long the end of a run waits for the rest of its log, in milliseconds. */
const LOG_MS = 30_000;
/** The longest delay that a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One run: its container from the start, or from when it was taken over, to the end that ratd has taken. */
export class ContainerRun {
  readonly record: RunRecord;
  readonly #around: RunSurroundings;
  readonly #closed = new AbortController();
  /** Aborted when the run has ended, with its last line given out. */
  readonly #ended = new AbortController();
  readonly #onSettled: (run: ContainerRun) => void;
  #address: ReportAddress;
  #reports: RunReports;
  #containerId: string | undefined;
  #report: RunReport = { status: "pending" };
  #startedAt: Date;
  #endedAt: Date | undefined;
  /** The container has ended; its log may not have been read yet. */
  #over = Promise.withResolvers<void>();
  #isOver = false;
  #outputSize = 0;
  #stopping: StopReason | undefined;
  #deadlineTimer: NodeJS.Timeout | undefined;

  /** `onSettled` is called when ratd has taken the end of the run. */
  constructor(
    record: RunRecord,
    address: ReportAddress,
    around: RunSurroundings,
    onSettled: (run: ContainerRun) => void,
  ) {
    this.record = record;
    this.#around = around;
    this.#onSettled = onSettled;
    this.#address = address;
    this.#reports = around.reporter.attach({ runId: record.runId, ...address });
    this.#startedAt = around.now();
    this.#armDeadline();
  }

  /** True while the run holds a place. */
  get active(): boolean {
    return this.#endedAt === undefined;
  }

  get status(): RunState {
    return this.#report.status;
  }

  get epoch(): bigint {
    return this.#address.epoch;
  }

  /** Where its reports go. Holds a secret: never logged. */
  get address(): ReportAddress {
    return this.#address;
  }

  get containerId(): string | undefined {
    return this.#containerId;
  }

  /** When the run ended; undefined while it is active. */
  get endedAt(): Date | undefined {
    return this.#endedAt;
  }

  get stopping(): StopReason | undefined {
    return this.#stopping;
  }

  /** Where the run stands. */
  report(): RunReport {
    const { now } = this.#around;
    const running = this.active ? { durationMs: now().getTime() - this.#startedAt.getTime() } : {};
    return { ...this.#report, ...running, epoch: this.#address.epoch };
  }

  /** The output from line `offset`; with `follow` until the run has ended. */
  async *output(offset: number, follow: boolean, signal: AbortSignal): AsyncGenerator<LogLine> {
    let next = offset;
    if (follow && this.active) {
      for await (const line of this.#reports.read(
        next,
        true,
        AbortSignal.any([signal, this.#ended.signal]),
      )) {
        next = (line.offset ?? next) + 1;
        yield line;
      }
    }
    yield* this.#reports.read(next, false, signal);
  }

  /** How much output is kept, in characters. */
  get outputSize(): number {
    return this.#outputSize;
  }

  /** Drops the output, which ratd has. */
  dropOutput(): void {
    this.#around.reporter.forget(this.record.runId);
    this.#reports = this.#around.reporter.attach({
      runId: this.record.runId,
      ...this.#address,
      reportUrl: "",
    });
    this.#outputSize = 0;
  }

  /** Sends the reports to another address from now on; the epoch must not be lower. */
  rebind(address: ReportAddress): void {
    const { epoch, token, reportUrl } = this.#address;
    if (epoch === address.epoch && token === address.token && reportUrl === address.reportUrl) return;
    this.#address = address;
    this.#reports = this.#around.reporter.attach({ runId: this.record.runId, ...address });
    if (!this.active) this.#hand();
    else if (this.status === "running") this.#reports.status(this.#report);
  }

  /** The container runs, or did: follows it to its end. `image` is what it was made of, for the log. */
  follow(containerId: string, startedAt: Date, image: string): void {
    this.#containerId = containerId;
    this.#startedAt = startedAt;
    this.#report = { status: "running" };
    this.#reports.line("info", `image ${image}, memory limit ${this.record.memoryMb} MiB`, startedAt);
    this.#reports.status(this.#report);
    void this.#followToEnd(containerId);
    if (this.#stopping !== undefined) void this.#stopContainer(containerId);
  }

  /** The run ends without a container. */
  fail(error: string): void {
    if (!this.active) return;
    this.#reports.line("error", error, this.#around.now());
    this.#finish({ status: this.#stopping === "cancelled" ? "cancelled" : "failed", error });
  }

  /** Stops the run. Answers false when it had already ended. */
  stop(reason: StopReason): boolean {
    if (!this.active) return false;
    if (this.#stopping !== undefined) return true;
    this.#stopping = reason;
    if (this.#containerId !== undefined) void this.#stopContainer(this.#containerId);
    return true;
  }

  /** Leaves the run alone: its container goes on, and another executor of the instance may take it over. */
  release(): void {
    clearTimeout(this.#deadlineTimer);
    this.#closed.abort();
  }

  async #stopContainer(containerId: string): Promise<void> {
    const { signal } = this.#closed;
    const send = async (name: "SIGTERM" | "SIGKILL"): Promise<void> => {
      while (!this.#isOver && !signal.aborted) {
        try {
          return await this.#around.engine.signal(containerId, name);
        } catch {
          await this.#pause(RETRY_MS);
        }
      }
    };
    await send("SIGTERM");
    await this.#pause(this.#around.settings().stop_grace_ms);
    await send("SIGKILL");
  }

  async #followToEnd(containerId: string): Promise<void> {
    const { engine, settings, log } = this.#around;
    const { signal } = this.#closed;
    const lines = new LogLines(settings().log_limit_mb * 1024 * 1024, (level, message, at) => {
      this.#outputSize += message.length;
      this.#reports.line(level, message, at);
    });
    const followed = { containerId, over: () => this.#isOver, ended: this.#over.promise };
    const read = followLog(engine, followed, lines, signal);
    const state = await this.#endOf(containerId);
    this.#isOver = true;
    this.#over.resolve();
    const stuck = pause(LOG_MS, "stuck" as const, { signal, ref: false }).catch(() => undefined);
    if ((await Promise.race([read, stuck])) === "stuck") {
      log.warn({ runId: this.record.runId }, "the log of the run could not be read to its end");
    }
    if (signal.aborted) return;
    if (state === undefined)
      return this.#finish({ status: "failed", error: "its container was removed from outside" });
    const report = await this.#outcome(containerId, state);
    if (!signal.aborted) this.#finish(report);
  }

  /** Waits for the end of the container; undefined when it is gone without a trace. */
  async #endOf(containerId: string): Promise<EndedState | undefined> {
    const { engine } = this.#around;
    const { signal } = this.#closed;
    while (!signal.aborted) {
      try {
        const seen = await engine.look(containerId);
        if (seen === undefined) return undefined;
        if (seen.state.phase === "ended") return seen.state.end;
        await engine.watch(containerId, AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]));
      } catch {
        // The engine is away, or the question took too long.
        await this.#pause(RETRY_MS);
      }
    }
    return undefined;
  }

  async #outcome(containerId: string, state: EndedState): Promise<RunReport> {
    const { deadline, memoryMb, sql } = this.record;
    const report = outcomeOf(state, { stopping: this.#stopping, deadline, memoryMb });
    if (!sql || (report.status !== "success" && (report.exitCode !== 1 || this.#stopping !== undefined)))
      return report;
    while (!this.#closed.signal.aborted) {
      try {
        return { ...report, ...(await readSqlResult(this.#around.engine, containerId)) };
      } catch {
        await pause(RETRY_MS, undefined, { signal: this.#closed.signal, ref: false }).catch(() => undefined);
      }
    }
    return report;
  }

  #finish(report: RunReport): void {
    if (!this.active) return;
    clearTimeout(this.#deadlineTimer);
    this.#isOver = true;
    this.#over.resolve();
    this.#report = report;
    this.#endedAt = this.#around.now();
    this.#ended.abort();
    this.#hand();
  }

  /** Hands the end of the run to ratd. Without an address it waits: ratd may yet take over the run. */
  #hand(): void {
    if (this.#address.reportUrl === "") return;
    const reports = this.#reports;
    reports.status(this.#report);
    void reports.settled.then((taken) => {
      if (taken) this.#onSettled(this);
    });
  }

  #armDeadline(): void {
    const { deadline } = this.record;
    if (deadline === undefined || !this.active) return;
    const left = deadline.getTime() - this.#around.now().getTime();
    if (left <= 0) {
      this.stop("deadline");
      return;
    }
    this.#deadlineTimer = setTimeout(() => this.#armDeadline(), Math.min(left, MAX_TIMER_MS));
    this.#deadlineTimer.unref();
  }

  /** Waits, but not beyond the end of the container or the release of the run. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#closed;
    const done = new AbortController();
    const pausing = pause(ms, undefined, { signal: AbortSignal.any([signal, done.signal]), ref: false });
    await Promise.race([pausing.catch(() => undefined), this.#over.promise]);
    done.abort();
  }
}
