import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { WIRE_STATUS } from "../slots/executor/wire-status.ts";
import type { LogLine, RunReport } from "../slots/executor/handlers.ts";
import { LineBuffer, type NumberedLine } from "./line-buffer.ts";
import { reportFailure, type ReportClient } from "./report-client.ts";

/** What binds reports to one attempt of a run. */
export interface RunBinding {
  readonly runId: string;
  readonly epoch: bigint;
  /** Secret. */
  readonly token: string;
  /** Empty: nothing is pushed. */
  readonly reportUrl: string;
}

/** The reports of one run: output and status, pushed to ratd in order, and kept for those who ask. */
export interface RunReports {
  /** Appends one line of output. Never blocks; beyond the buffer the oldest lines that ratd has not taken are lost. */
  line(level: LogLine["level"], message: string, at?: Date): void;
  /** Says where the run stands. The output goes before an end. */
  status(report: RunReport): void;
  /** The lines that are kept, from `offset` on; with `follow` until the run has ended. */
  read(offset: number, follow: boolean, signal: AbortSignal): AsyncIterable<LogLine>;
  /** True when ratd took the end; false when it refused it for good, or cannot be reported to. */
  readonly settled: Promise<boolean>;
}

/** What a run's reports are made from. */
export interface RunReportsDeps {
  readonly client: (url: string) => ReportClient;
  readonly now: () => Date;
  readonly bufferBytes: number;
  /** Waits before the next try; ends early when the signal aborts. */
  readonly pause: (attempt: number, signal: AbortSignal) => Promise<void>;
}

/** One push of output: lines and bytes. */
const BATCH_LINES = 1000;
const BATCH_BYTES = 262_144;

/** The reports of one run, as the reporter keeps them. */
export class BoundRunReports implements RunReports {
  readonly #deps: RunReportsDeps;
  readonly #lines: LineBuffer;
  readonly #settled = Promise.withResolvers<boolean>();
  #binding: RunBinding;
  /** Number of the first line that ratd has not taken. */
  #sent = 0;
  #report: RunReport | undefined;
  /** The report that ratd took last under this binding. */
  #taken: RunReport | undefined;
  #refused = false;
  #pushing = false;
  #stopped = false;
  #retry = new AbortController();
  #news = Promise.withResolvers<void>();

  constructor(binding: RunBinding, deps: RunReportsDeps) {
    this.#binding = binding;
    this.#deps = deps;
    this.#lines = new LineBuffer(deps.bufferBytes);
  }

  get binding(): RunBinding {
    return this.#binding;
  }

  get settled(): Promise<boolean> {
    return this.#settled.promise;
  }

  /** Whether the run has ended. */
  get ended(): boolean {
    return this.#report !== undefined && isFinal(this.#report);
  }

  /** Takes over a newer epoch, token and address; what was refused under the old one is sent again. */
  bind(binding: RunBinding): void {
    if (binding.epoch < this.#binding.epoch) return;
    this.#binding = binding;
    this.#refused = false;
    this.#taken = undefined;
    this.#retry.abort();
    this.#retry = new AbortController();
    this.#push();
  }

  line(level: LogLine["level"], message: string, at: Date = this.#deps.now()): void {
    this.#lines.add(level, message, at);
    this.#changed();
  }

  status(report: RunReport): void {
    if (this.ended) return;
    this.#report = report;
    this.#changed();
  }

  async *read(offset: number, follow: boolean, signal: AbortSignal): AsyncGenerator<LogLine> {
    let next = offset;
    const stop = Promise.withResolvers<void>();
    const onAbort = () => stop.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const news = this.#news.promise;
        const done = this.ended || this.#stopped;
        const lines = this.#lines.from(next, BATCH_LINES, BATCH_BYTES);
        for (const line of lines) yield line;
        next = (lines.at(-1)?.offset ?? next - 1) + 1;
        if (lines.length > 0) continue;
        if (!follow || done) return;
        await Promise.race([news, stop.promise]);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Pushes nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#retry.abort();
    this.#settled.resolve(false);
    this.#news.resolve();
  }

  #changed(): void {
    const news = this.#news;
    this.#news = Promise.withResolvers();
    news.resolve();
    this.#push();
  }

  #push(): void {
    if (this.#pushing || this.#refused || this.#stopped) return;
    if (this.#binding.reportUrl === "") {
      if (this.ended) this.#settled.resolve(false);
      return;
    }
    this.#pushing = true;
    void this.#work().finally(() => {
      this.#pushing = false;
      // What came while the last push was ending.
      if (this.#left) this.#push();
    });
  }

  /** Whether there is something that ratd has not taken. */
  get #left(): boolean {
    return this.#sent < this.#lines.next || this.#report !== this.#taken;
  }

  async #work(): Promise<void> {
    let failures = 0;
    while (this.#left && !this.#refused && !this.#stopped) {
      const binding = this.#binding;
      try {
        await this.#send(binding);
        failures = 0;
      } catch (reason) {
        // An answer to an older epoch says nothing about the present one.
        if (binding !== this.#binding) continue;
        if (reportFailure(reason) === "away") {
          await this.#deps.pause(failures++, this.#retry.signal);
          continue;
        }
        this.#refused = true;
        if (this.ended) this.#settled.resolve(false);
      }
    }
  }

  /** Sends what is next: output first, so that an end comes last. */
  async #send(binding: RunBinding): Promise<void> {
    const client = this.#deps.client(binding.reportUrl);
    const { runId, epoch, token } = binding;
    const report = this.#report;
    const lines = this.#lines.from(this.#sent, BATCH_LINES, BATCH_BYTES);
    const first = lines[0];
    if (first !== undefined) {
      await client.reportLogs({
        runId,
        epoch,
        token,
        offset: BigInt(first.offset),
        entries: lines.map(entryOf),
      });
      this.#sent = (lines.at(-1)?.offset ?? 0) + 1;
      return;
    }
    this.#sent = this.#lines.next;
    if (report === undefined || report === this.#taken) return;
    await client.reportStatus({
      runId,
      epoch,
      token,
      status: WIRE_STATUS[report.status],
      rowsWritten: report.rowsWritten ?? 0n,
      error: report.error ?? "",
      observedAt: timestampFromDate(this.#deps.now()),
      ...(report.exitCode === undefined ? {} : { exitCode: report.exitCode }),
      ...(report.result === undefined ? {} : { result: report.result }),
    });
    if (binding === this.#binding) this.#taken = report;
    if (isFinal(report)) this.#settled.resolve(true);
  }
}

function isFinal({ status }: RunReport): boolean {
  return status !== "pending" && status !== "running";
}

function entryOf({ timestamp, level, message }: NumberedLine) {
  return { timestamp: timestampFromDate(timestamp), level, message };
}
