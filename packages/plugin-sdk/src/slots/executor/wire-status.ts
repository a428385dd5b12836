import { RunStatus } from "@rat/contracts/common";
import type { RunState } from "./handlers.ts";

/** The states of a run on the wire. */
export const WIRE_STATUS: Readonly<Record<RunState, RunStatus>> = {
  pending: RunStatus.PENDING,
  running: RunStatus.RUNNING,
  success: RunStatus.SUCCESS,
  failed: RunStatus.FAILED,
  cancelled: RunStatus.CANCELLED,
};
