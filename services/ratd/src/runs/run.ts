import type { PipelineName } from "../pipeline-id.ts";
import type { Layer, RunStatus } from "../slots/executor/executor.ts";

/** Where a run stands; the last three are final. */
export type RunState = RunStatus;
/** The final states. */
export type FinalState = "success" | "failed" | "cancelled";
/**
 * How an attempt ended. `lost`: its executor forgot it; `abandoned`: its executor stayed away, so that nobody knows;
 * `refused`: its executor will not have it.
 */
export type Outcome = FinalState | "lost" | "abandoned" | "refused";
/** What must lie between a run and its neighbours. */
export type Isolation = "process" | "container";
/** What may cause a run. */
export const RUN_TRIGGERS = ["manual", "retry", "cron", "webhook", "upstream", "event"] as const;
/** What caused a run. */
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

/** What the word of an executor means: an error that begins with `lost:` says that it does not know how it ended. */
export function outcomeOf(status: FinalState, error: string): Outcome {
  return status === "failed" && error.startsWith("lost:") ? "lost" : status;
}

/** The states of a run, in the order of its life. */
export const RUN_STATES = ["pending", "running", "success", "failed", "cancelled"] as const;

/** Whether nothing changes any more. */
export function isFinal(state: RunState): state is FinalState {
  return state === "success" || state === "failed" || state === "cancelled";
}

/** A run, as it is kept. */
export interface Run {
  readonly id: string;
  readonly namespace: string;
  readonly layer: Layer;
  readonly pipeline: string;
  readonly version: number;
  readonly kind: string;
  readonly state: RunState;
  readonly isolation: Isolation;
  readonly priority: number;
  readonly trigger: RunTrigger;
  readonly triggerId: string | null;
  /** What the fire of the trigger was about: for `upstream` the run before. */
  readonly fireKey: string | null;
  readonly retryOf: string | null;
  readonly createdBy: string;
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
  readonly attempt: number;
  readonly executor: string | null;
  /** Why it waits, or why it ended so; empty when there is nothing to say. */
  readonly reason: string;
  readonly cancelRequestedAt: Date | null;
  readonly exitCode: number | null;
  readonly rowsWritten: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** An attempt that has ended. */
export interface RunAttempt {
  readonly attempt: number;
  readonly state: FinalState | "lost";
  readonly executor: string | null;
  readonly error: string;
  readonly exitCode: number | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date;
}

/** The columns of a `Run`. */
export const RUN_COLUMNS = `id, namespace, layer, pipeline, version, kind, state, isolation, priority, trigger,
  trigger_id AS "triggerId", fire_key AS "fireKey", retry_of AS "retryOf", created_by AS "createdBy",
  timeout_seconds AS "timeoutSeconds", max_attempts AS "maxAttempts", attempt, executor, reason,
  cancel_requested_at AS "cancelRequestedAt", exit_code AS "exitCode", rows_written AS "rowsWritten",
  created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"`;

/** The pipeline of a run. */
export function pipelineOf({ namespace, layer, pipeline }: PipelineOfRun): PipelineName {
  return { namespace, layer, name: pipeline };
}

/** What a run, or the wish for one, says of its pipeline. */
type PipelineOfRun = Pick<Run, "namespace" | "layer" | "pipeline">;

/** The name of a run's attempt towards executors, which start each name at most once. */
export function attemptName(run: string, attempt: number): string {
  return `${run}.${attempt}`;
}

/** Reads an attempt's name; undefined for anything else. */
export function parseAttemptName(
  name: string,
): { readonly run: string; readonly attempt: number } | undefined {
  const match = /^([0-9a-f]{26})\.([1-9]\d{0,5})$/.exec(name);
  return match?.[1] === undefined ? undefined : { run: match[1], attempt: Number(match[2]) };
}
