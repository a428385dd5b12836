import { constants } from "node:os";
import type { RunReport, RunState } from "@rat/plugin-sdk";

/** What the engine says of a container that has ended. */
export interface EndedState {
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly Error: string;
  readonly StartedAt: string;
  readonly FinishedAt: string;
}

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
  const finished = new Date(state.FinishedAt);
  const durationMs = Math.max(0, finished.getTime() - Date.parse(state.StartedAt)) || 0;
  const report = (status: RunState, error = ""): RunReport => ({
    status,
    error,
    durationMs,
    exitCode: state.ExitCode,
  });
  if (stopping === "cancelled") return report("cancelled");
  if (stopping === "deadline") return report("failed", DEADLINE_PASSED);
  if (state.ExitCode === 0) return report("success");
  if (state.OOMKilled) return report("failed", `killed: memory limit ${memoryMb} MiB`);
  // An executor that was killed after it had stopped the run has forgotten why.
  const stopped = state.ExitCode === 137 || state.ExitCode === 143;
  if (stopped && deadline !== undefined && finished >= deadline) return report("failed", DEADLINE_PASSED);
  const detail = state.Error === "" ? "" : `: ${state.Error}`;
  return report("failed", `exit code ${state.ExitCode}${signalOf(state.ExitCode)}${detail}`);
}

function signalOf(code: number): string {
  const name = Object.entries(constants.signals).find(([, number]) => number + 128 === code)?.[0];
  return name === undefined ? "" : ` (${name})`;
}
