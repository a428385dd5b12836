import { setTimeout as pause } from "node:timers/promises";
import type { LogLine, PluginLog, RunReport, RunState } from "@rat/plugin-sdk";
import { report, ReportRefused, type ReportAddress } from "./report-client.ts";

const FINAL: ReadonlySet<RunState> = new Set<RunState>(["success", "failed", "cancelled"]);
/** How many lines, and about how many characters, go in one call. */
const BATCH_LINES = 1000;
const BATCH_SIZE = 256 * 1024;
/** How long lines gather, and between which bounds the pause after a failure grows, in milliseconds. */
const GATHER_MS = 20;
const RETRY_MS = [200, 5000] as const;

/** What ratd is told of one run: its lines, numbered from 0, and where it stands. Nothing here blocks its caller. */
export class RunReports {
  readonly #runId: string;
  readonly #log: PluginLog;
  readonly #closed: AbortSignal;
  #address: ReportAddress;
  #lines: LogLine[] = [];
  #sent = 0;
  #report: RunReport | undefined;
  #told = true;
  /** ratd refused reports to this address for good. */
  #refused = false;
  #size = 0;
  #pumping = false;
  #binding = 0;
  #settled = Promise.withResolvers<boolean>();
  #news = Promise.withResolvers<void>();

  constructor(runId: string, address: ReportAddress, log: PluginLog, closed: AbortSignal) {
    this.#runId = runId;
    this.#address = address;
    this.#log = log;
    this.#closed = closed;
  }

  get address(): ReportAddress {
    return this.#address;
  }

  /** True while heartbeats are due. */
  get alive(): boolean {
    return this.#address.reportUrl !== "" && !this.#ended;
  }

  /** Whether ratd took the final status; false when it refused for good, or nobody wants reports. */
  get settled(): Promise<boolean> {
    return this.#settled.promise;
  }

  get #ended(): boolean {
    return this.#report !== undefined && FINAL.has(this.#report.status);
  }

  line(level: LogLine["level"], message: string, timestamp: Date): void {
    this.#lines.push({ level, message, timestamp });
    this.#size += message.length;
    this.#wake();
  }

  /** Says where the run stands; all lines so far go first. */
  status(told: RunReport): void {
    this.#report = told;
    this.#told = false;
    this.#settleUnwanted();
    this.#wake();
  }

  /** How much output is kept, in characters. */
  get size(): number {
    return this.#size;
  }

  /** Drops the output, which ratd has. */
  drop(): void {
    this.#lines = [];
    this.#size = 0;
    this.#sent = 0;
  }

  /** From now on everything goes to another address; lines go again from the first, which ratd knows by its number. */
  bind(address: ReportAddress): void {
    this.#address = address;
    this.#binding += 1;
    this.#refused = false;
    this.#sent = 0;
    this.#told = this.#report === undefined;
    this.#settled = Promise.withResolvers();
    this.#settleUnwanted();
    this.#wake();
  }

  /** Yields the lines from `offset`; with `follow` until the run has ended. */
  async *read(offset: number, follow: boolean, signal: AbortSignal): AsyncGenerator<LogLine> {
    const left = Promise.withResolvers<void>();
    const leave = (): void => left.resolve();
    signal.addEventListener("abort", leave, { once: true });
    try {
      for (let next = Math.max(0, offset); !signal.aborted;) {
        const news = this.#news.promise;
        const line = this.#lines[next];
        if (line !== undefined) yield { ...line, offset: next++ };
        else if (!follow || this.#ended) return;
        else await Promise.race([news, left.promise]);
      }
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #settleUnwanted(): void {
    if (this.#ended && (this.#refused || this.#address.reportUrl === "")) this.#settled.resolve(false);
  }

  #wake(): void {
    const news = this.#news;
    this.#news = Promise.withResolvers();
    news.resolve();
    if (this.#pumping || this.#refused || this.#address.reportUrl === "") return;
    this.#pumping = true;
    void this.#pump().finally(() => {
      this.#pumping = false;
    });
  }

  async #pump(): Promise<void> {
    let delay: number = RETRY_MS[0];
    await this.#rest(GATHER_MS);
    while (
      !this.#closed.aborted &&
      this.#address.reportUrl !== "" &&
      (this.#sent < this.#lines.length || !this.#told)
    ) {
      const binding = this.#binding;
      try {
        await this.#next();
        delay = RETRY_MS[0];
      } catch (error) {
        if (binding !== this.#binding) continue;
        if (error instanceof ReportRefused) {
          this.#log.warn({ runId: this.#runId, err: error }, "ratd refuses reports of a run");
          this.#refused = true;
          this.#settleUnwanted();
          return;
        }
        await this.#rest(delay);
        delay = Math.min(delay * 2, RETRY_MS[1]);
      }
    }
  }

  /** Sends the next lines or, when there are none, the status. */
  async #next(): Promise<void> {
    const { epoch, token, reportUrl } = this.#address;
    const proof = { runId: this.#runId, epoch: String(epoch), token };
    const binding = this.#binding;
    const isCurrent = (): boolean => binding === this.#binding;
    const from = this.#sent;
    if (from < this.#lines.length) {
      const entries = this.#batch(from);
      await report(reportUrl, "ReportLogs", { ...proof, offset: String(from), entries }, this.#closed);
      if (isCurrent()) this.#sent = from + entries.length;
      return;
    }
    const told = this.#report;
    if (told === undefined) return;
    this.#told = true;
    try {
      await report(reportUrl, "ReportStatus", { ...proof, ...wireStatus(told) }, this.#closed);
    } catch (error) {
      this.#told = false;
      throw error;
    }
    if (isCurrent() && FINAL.has(told.status)) this.#settled.resolve(true);
  }

  #batch(from: number): readonly object[] {
    const entries: object[] = [];
    for (let size = 0; size < BATCH_SIZE && entries.length < BATCH_LINES;) {
      const line = this.#lines[from + entries.length];
      if (line === undefined) break;
      size += line.message.length;
      entries.push({ level: line.level, message: line.message, timestamp: line.timestamp.toISOString() });
    }
    return entries;
  }

  async #rest(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#closed, ref: false }).catch(() => undefined);
  }
}

function wireStatus({ status, error, rowsWritten, exitCode, result }: RunReport): object {
  return {
    status: `RUN_STATUS_${status.toUpperCase()}`,
    error: error ?? "",
    rowsWritten: String(rowsWritten ?? 0n),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(result === undefined ? {} : { result }),
  };
}
