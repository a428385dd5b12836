import { constants } from "node:os";
import type { RunReport, RunState } from "@rat/plugin-sdk";
import type { EndedState } from "./engine.ts";

/** Why a run is being stopped. */
export type StopReason = "cancelled" | "deadline";

/** What else decides how a run ended. */
export interface EndCircumstances {
  readonly stopping: StopReason | undefined;
  readonly deadline: Date | undefined;
  readonly memoryMb: number;
}

/** The words for a run whose time was up. */
export const DEADLINE_PASSED = "the deadline passed";

/** Says how a run ended. */
export function outcomeOf(state: EndedState, circumstances: EndCircumstances): RunReport {
  const { stopping, deadline, memoryMb } = circumstances;
  const { exitCode, startedAt, finishedAt: finished } = state;
  const durationMs = Math.max(0, finished.getTime() - startedAt.getTime()) || 0;
  const report = (status: RunState, error = ""): RunReport => ({
    status,
    error,
    durationMs,
    exitCode,
  });
  if (stopping === "cancelled") return report("cancelled");
  const stopped = exitCode === 137 || exitCode === 143;
  // An executor that was held up over the deadline stops what had ended in time.
  const endedInTime = deadline !== undefined && finished < deadline && !stopped;
  if (stopping === "deadline" && !endedInTime) return report("failed", DEADLINE_PASSED);
  if (exitCode === 0) return report("success");
  if (state.outOfMemory) return report("failed", `killed: memory limit ${memoryMb} MiB`);
  // An executor that was killed after it had stopped the run has forgotten why.
  if (stopped && deadline !== undefined && finished >= deadline) return report("failed", DEADLINE_PASSED);
  const detail = state.error === "" ? "" : `: ${state.error}`;
  return report("failed", `exit code ${exitCode}${signalOf(exitCode)}${detail}`);
}

function signalOf(code: number): string {
  const name = Object.entries(constants.signals).find(([, number]) => number + 128 === code)?.[0];
  return name === undefined ? "" : ` (${name})`;
}
