import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { RunReport } from "@rat/plugin-sdk";
import type { RunMark } from "../system/run-processes.ts";
import type { ProcessLimits } from "../system/isolation.ts";
import type { RunFolder } from "../system/run-folders.ts";
import type { RunOrder } from "./run-order.ts";

/** How a program ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A run's program, started. */
export interface Launched {
  readonly child: ChildProcess;
  /** Processes among the run's that are the runner's own, and no use of its limits. */
  readonly own: number;
  /** What the end of the program says about the run. */
  readonly outcome: (exit: Exit) => RunReport;
}

/** Around a run when its program starts. */
export interface LaunchContext {
  readonly order: RunOrder;
  readonly folder: RunFolder;
  readonly credentials: Readonly<Record<string, string>>;
  readonly mark: string;
  /** Where the end of the program is left, for a runner that comes later. The program cannot write there. */
  readonly endFile: string;
  readonly uid: number | undefined;
  /** Aborts when the run must not start any more. */
  readonly signal: AbortSignal;
}

/** Starts the program of one kind of run. */
export interface Launcher {
  /** @throws Error that says why the run failed. */
  launch(context: LaunchContext): Promise<Launched>;
  /** What the run may use. */
  limits(order: RunOrder): ProcessLimits;
}

/** What the end of a program says, when nothing else is known. */
export function outcomeOf({ code, signal }: Exit): RunReport {
  if (code === 0) return { status: "success", exitCode: 0 };
  if (code !== null) return { status: "failed", error: `exit code ${code}${signalOf(code)}`, exitCode: code };
  return { status: "failed", error: `ended by ${signal ?? "an unknown signal"}` };
}

/** Between the runner and a program, a signal becomes an exit code as in every shell. */
function signalOf(code: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number + 128 === code)?.[0];
  return signal === undefined ? "" : ` (${signal})`;
}

/** What is known of a run's processes. */
export function markOf(context: Pick<LaunchContext, "mark" | "uid">, leader: RunMark["leader"]): RunMark {
  return { mark: context.mark, uid: context.uid, leader };
}
