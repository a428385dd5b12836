import type { LogLine, RunReport } from "../slots/executor/handlers.ts";

/** A run as `submit` got it: which attempt, its proof, and where reports go. */
export interface RunBinding {
  readonly runId: string;
  readonly epoch: bigint;
  /** Secret: never logged. */
  readonly token: string;
  /** Base URL of ratd's RunnerReportService; empty: ratd only polls. */
  readonly reportUrl: string;
}

/** What is told of one run. Nothing here blocks its caller. */
export interface RunReports {
  /**
   * Appends one line, numbered from 0. NUL is dropped, lone surrogates are replaced, a long line is cut into several.
   * Beyond the buffer the oldest lines go, sent or not, and a gap in the numbers remains.
   */
  line(level: LogLine["level"], message: string, at?: Date): void;
  /** Says that the run is running, or has ended. The lines so far go before an end. An end is the last word. */
  status(report: RunReport): void;
  /** The lines still kept from `offset`; with `follow` until the end or the signal. What `streamLogs` answers. */
  read(offset: number, follow: boolean, signal: AbortSignal): AsyncIterable<LogLine>;
  /**
   * Settles after the end of the run: true when ratd took it, false when ratd refused for good or there is no address.
   * A later binding to a higher epoch brings a new promise.
   */
  readonly settled: Promise<boolean>;
  /** The lines kept, in bytes, about. */
  readonly bytes: number;
}
