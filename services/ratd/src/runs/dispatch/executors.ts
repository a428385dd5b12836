import type { ExecutorPort } from "../../slots/executor/executor.ts";
import type { Isolation } from "../run.ts";

/** Somebody who carries out runs. */
export interface RunExecutor {
  /** Kept with the run: who has it. */
  readonly name: string;
  readonly port: ExecutorPort;
  /** What it can keep apart. */
  readonly isolations: readonly Isolation[];
}

/** The executors, as dispatch sees them. */
export interface RunExecutors {
  /** Who takes new runs now; a text says why nobody does. */
  taking(): RunExecutor | string;
  /** Who had this name when it took a run; undefined when it is no longer configured. */
  find(name: string): RunExecutor | undefined;
  /** All whom this ratd can reach. */
  names(): readonly string[];
  /** Why a run of this isolation waits; empty when nothing is in its way. */
  waitingReason(isolation: Isolation): string;
}
