import type { JsonObject } from "@bufbuild/protobuf";
import type { MaybePromise } from "../maybe-promise.ts";
import type { PluginContext } from "../../plugin-context.ts";

/** Where a run stands. The last three are final. */
export type RunState = "pending" | "running" | "success" | "failed" | "cancelled";

/** The medallion layer of a pipeline. */
export type PipelineLayer = "bronze" | "silver" | "gold";

/** One run, as handed over by ratd. */
export interface SubmitInput {
  /** Unique for each attempt of a run; the key of idempotency: start each id at most once. */
  readonly runId: string;
  readonly namespace: string;
  /** Undefined when the caller did not say. */
  readonly layer: PipelineLayer | undefined;
  readonly pipelineName: string;
  readonly trigger: string;
  /** Credentials of object storage by variable name. Never log them. */
  readonly s3Credentials: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** The attempt's fencing number: refuse one lower than the highest seen with `failed_precondition`. */
  readonly epoch: bigint;
  /** When the run must have ended; undefined means no limit. */
  readonly deadline: Date | undefined;
  /** What to run; its shape belongs to the kind of pipeline. */
  readonly spec: JsonObject;
  /** The kind of pipeline, for example `command` or `sql`. */
  readonly kind: string;
  /** Proves reports about this run and epoch. Never log it. */
  readonly token: string;
  /** Where reports go; empty when ratd only polls. `RunReporter` takes care of them. */
  readonly reportUrl: string;
}

/** Where a run stands, in full. */
export interface RunReport {
  readonly status: RunState;
  readonly rowsWritten?: bigint;
  readonly durationMs?: number;
  /** Why the run failed. */
  readonly error?: string;
  /** The highest epoch seen for this run. */
  readonly epoch?: bigint;
  /** How the program ended. */
  readonly exitCode?: number;
  /** What the run answered, for example the first rows; at most 256 KiB as JSON. */
  readonly result?: JsonObject;
}

/** A run in the list of all. */
export interface RunSummary {
  readonly runId: string;
  readonly epoch: bigint;
  readonly status: RunState;
}

/** One line of output. */
export interface LogLine {
  readonly timestamp: Date;
  readonly level: "debug" | "info" | "warn" | "error";
  /** Without its line break. */
  readonly message: string;
  /** Number of the line from the beginning of the run; default: counted by the SDK from `offset`. */
  readonly offset?: number;
}

/** What an executor plugin does. */
export interface ExecutorHandlers<C> {
  /**
   * Takes a run, or answers the status of one that is already known; epoch, token, reportUrl and credentials of the
   * call then replace the earlier ones.
   */
  submit(input: SubmitInput, ctx: PluginContext<C>): MaybePromise<{ status: RunState }>;
  /** Stops a run; `cancelled` is false when it had already ended. Unknown runs: `not_found`. */
  cancel(input: { runId: string }, ctx: PluginContext<C>): MaybePromise<{ cancelled: boolean }>;
  /** Tells where a run stands. Unknown runs: `not_found`. */
  getRunStatus?(input: { runId: string }, ctx: PluginContext<C>): MaybePromise<RunReport>;
  /** Yields the output of a run from line `offset`, counted from 0; with `follow` until the run has ended. */
  streamLogs?(
    input: { runId: string; follow: boolean; offset: number },
    ctx: PluginContext<C>,
  ): AsyncIterable<LogLine>;
  /** Tells every run that is known, and how many run at a time (0 when that is not known). */
  listRuns?(
    ctx: PluginContext<C>,
  ): MaybePromise<{ readonly runs: readonly RunSummary[]; readonly capacity: number }>;
}
