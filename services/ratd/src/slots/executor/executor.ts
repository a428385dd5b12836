import type { CallContext } from "../slot.ts";

/** The medallion layers. */
export type Layer = "bronze" | "silver" | "gold";
/** Where a run stands; the last three are final. */
export type RunStatus = "pending" | "running" | "success" | "failed" | "cancelled";

/** One attempt of a run to carry out. */
export interface RunSubmission {
  /** Unique for each attempt; the key of idempotency. */
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
  readonly kind: string;
  /** Proves reports of this attempt and epoch. Secret: never logged. */
  readonly token: string;
  /** Where the executor may report to; empty when it cannot reach ratd. */
  readonly reportUrl: string;
}

/** How a run stands, as the executor tells it. */
export interface RunReport {
  readonly status: RunStatus;
  readonly rowsWritten: bigint;
  readonly durationMs: number;
  /** Why the run failed; empty otherwise. */
  readonly error: string;
  readonly exitCode: number | undefined;
  /** What the run answered, as JSON. */
  readonly result: Readonly<Record<string, unknown>> | undefined;
}

/** What an executor knows. */
export interface RunInventory {
  readonly runs: readonly { readonly runId: string; readonly epoch: bigint; readonly status: RunStatus }[];
  /** Runs that it takes at a time; 0 when it does not say. */
  readonly capacity: number;
}

/** One line of a run's output. */
export interface RunLogLine {
  /** Number of the line, counted from 0. */
  readonly offset: number;
  readonly at: Date | undefined;
  readonly level: string;
  readonly message: string;
}

/** The executor slot: where runs run. */
export interface ExecutorPort {
  /**
   * Idempotent by `runId`; answers where the run stands. A known run takes over epoch, token, address and credentials.
   *
   * @throws RatError `executor_unavailable` when the run was certainly not taken: no place, or nobody there;
   *   `conflict` when the executor has seen a higher epoch
   */
  submit(run: RunSubmission, context: CallContext): Promise<RunStatus>;
  /** False when the run had already ended. @throws RatError `not_found` for an unknown run. */
  cancel(runId: string, context: CallContext): Promise<boolean>;
  /** @throws RatError `not_available` when the plugin does not serve it. */
  status(runId: string, context: CallContext): Promise<RunReport>;
  /** The output from line `offset`; with `follow` until the run has ended. */
  logs(runId: string, offset: number, follow: boolean, context: CallContext): AsyncIterable<RunLogLine>;
  /** All runs that it knows. @throws RatError `not_available` when the plugin does not serve it. */
  list(context: CallContext): Promise<RunInventory>;
}
