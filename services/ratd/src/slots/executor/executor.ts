import type { CallContext } from "../slot.ts";

/** The medallion layers. */
export type Layer = "bronze" | "silver" | "gold";
/** Where a run stands; the last three are final. */
export type RunStatus = "pending" | "running" | "success" | "failed" | "cancelled";

/** One run to carry out. */
export interface RunSubmission {
  /** Unique; the key of idempotency. */
  readonly runId: string;
  readonly namespace: string;
  readonly layer: Layer;
  readonly pipelineName: string;
  /** What caused the run, for example `manual`. */
  readonly trigger: string;
  /** Secret: never logged. */
  readonly s3Credentials: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** Rises with each attempt of the run. */
  readonly epoch: bigint;
  readonly deadline: Date | undefined;
  /** What to run; its shape belongs to the kind of pipeline. */
  readonly spec: Readonly<Record<string, unknown>>;
}

/** How a run stands, as the executor tells it. */
export interface RunReport {
  readonly status: RunStatus;
  readonly rowsWritten: bigint;
  readonly durationMs: number;
  /** Why the run failed; empty otherwise. */
  readonly error: string;
}

/** One line of a run's output. */
export interface RunLogLine {
  readonly at: Date | undefined;
  readonly level: string;
  readonly message: string;
}

/** The executor slot: where runs run. Throws `executor_unavailable` while nothing takes runs. */
export interface ExecutorPort {
  /** Idempotent by `runId`; answers where the run stands. */
  submit(run: RunSubmission, context: CallContext): Promise<RunStatus>;
  /** False when the run had already ended. @throws RatError `not_found` for an unknown run. */
  cancel(runId: string, context: CallContext): Promise<boolean>;
  /** @throws RatError `not_available` when the plugin does not serve it. */
  status(runId: string, context: CallContext): Promise<RunReport>;
  /** The output from its beginning; with `follow` until the run has ended. */
  logs(runId: string, follow: boolean, context: CallContext): AsyncIterable<RunLogLine>;
}
