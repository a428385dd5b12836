import { readProcess } from "./process-info.ts";

/** A process for good: its number may be used again, its number and its start together may not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As in `ProcessInfo`; undefined where the system does not tell, and then the number alone counts. */
  readonly startTime: string | undefined;
}

/**
 * Where a process stands: `ours` runs and can be signalled, `foreign` runs and belongs to another user, `gone` has
 * ended, or its number is another process's by now. One that has ended but was not waited for (a zombie) is gone.
 */
export type Presence = "ours" | "foreign" | "gone";

/** The process that has this number now, to be known again later. */
export function identify(pid: number): ProcessIdentity {
  return { pid, startTime: readProcess(pid)?.startTime };
}

/** Looks where a process stands. Without a start time whatever has the number is taken for it. */
export function presenceOf({ pid, startTime }: ProcessIdentity): Presence {
  const presence = presenceOfNumber(pid);
  if (presence === "gone") return "gone";
  const info = readProcess(pid);
  if (info === undefined) return presence;
  const same = startTime === undefined || info.startTime === startTime;
  return same && info.state !== "Z" && info.state !== "X" ? presence : "gone";
}

/** Signals that very process; answers whether it was there to be signalled. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (presenceOf(identity) !== "ours") return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}

function presenceOfNumber(pid: number): Presence {
  try {
    process.kill(pid, 0);
    return "ours";
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM" ? "foreign" : "gone";
  }
}
