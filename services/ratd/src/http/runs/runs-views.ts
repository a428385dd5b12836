import type { LogLine } from "../../runs/logs/log-store.ts";
import { isFinal, type Run, type RunAttempt } from "../../runs/run.ts";
import { isoOrNull } from "../kit/iso-or-null.ts";
import type { Shape } from "../schemas.ts";

/** A run as the API shows it. */
export function runView(run: Run): Shape<"Run"> {
  const from = run.startedAt?.getTime();
  const until = run.finishedAt?.getTime();
  return {
    id: run.id,
    namespace: run.namespace,
    layer: run.layer,
    pipeline: run.pipeline,
    version: run.version,
    kind: run.kind,
    state: run.state,
    reason: run.reason,
    isolation: run.isolation,
    priority: run.priority,
    trigger: run.trigger,
    trigger_id: run.triggerId,
    upstream_run_id: run.trigger === "upstream" ? run.fireKey : null,
    retry_of: run.retryOf,
    created_by: run.createdBy,
    attempt: run.attempt,
    max_attempts: run.maxAttempts,
    timeout_seconds: run.timeoutSeconds,
    executor: run.executor,
    cancel_requested: run.cancelRequestedAt !== null && !isFinal(run.state),
    exit_code: run.exitCode,
    rows_written: run.rowsWritten === null ? null : Number(run.rowsWritten),
    created_at: run.createdAt.toISOString(),
    started_at: isoOrNull(run.startedAt),
    finished_at: isoOrNull(run.finishedAt),
    duration_ms: from === undefined || until === undefined ? null : Math.max(0, until - from),
  };
}

/** An attempt that has ended, as the API shows it. */
export function attemptView(attempt: RunAttempt): Shape<"RunAttempt"> {
  return {
    attempt: attempt.attempt,
    state: attempt.state,
    executor: attempt.executor,
    error: attempt.error,
    exit_code: attempt.exitCode,
    started_at: isoOrNull(attempt.startedAt),
    finished_at: attempt.finishedAt.toISOString(),
  };
}

/** A line of the output of an attempt. */
export function logLineView(attempt: number, { offset, at, level, message }: LogLine): Shape<"RunLogLine"> {
  return { attempt, offset, at: new Date(at).toISOString(), level, message };
}
