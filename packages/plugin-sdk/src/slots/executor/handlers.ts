import type { JsonObject } from "@bufbuild/protobuf";
import type { MaybePromise } from "../maybe-promise.ts";
import type { PluginContext } from "../../plugin-context.ts";

/** Where a run stands. The last three are final. */
export type RunState = "pending" | "running" | "success" | "failed" | "cancelled";

/** The medallion layer of a pipeline. */
export type PipelineLayer = "bronze" | "silver" | "gold";

/** One run, as handed over by ratd. */
export interface SubmitInput {
  /** Unique; the key of idempotency. */
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
}

/** Where a run stands, in full. */
export interface RunReport {
  readonly status: RunState;
  readonly rowsWritten?: bigint;
  readonly durationMs?: number;
  /** Why the run failed. */
  readonly error?: string;
}

/** One line of output. */
export interface LogLine {
  readonly timestamp: Date;
  readonly level: "debug" | "info" | "warn" | "error";
  /** Without its line break. */
  readonly message: string;
}

/** What an executor plugin does. */
export interface ExecutorHandlers<C> {
  /** Takes a run, or answers the status of one that is already known. */
  submit(input: SubmitInput, ctx: PluginContext<C>): MaybePromise<{ status: RunState }>;
  /** Stops a run; `cancelled` is false when it had already ended. Unknown runs: `not_found`. */
  cancel(input: { runId: string }, ctx: PluginContext<C>): MaybePromise<{ cancelled: boolean }>;
  /** Tells where a run stands. Unknown runs: `not_found`. */
  getRunStatus?(input: { runId: string }, ctx: PluginContext<C>): MaybePromise<RunReport>;
  /** Yields the output of a run from its beginning; with `follow` until the run has ended. */
  streamLogs?(input: { runId: string; follow: boolean }, ctx: PluginContext<C>): AsyncIterable<LogLine>;
}
