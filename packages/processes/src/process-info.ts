import { readFileSync } from "node:fs";

/** One process as Linux shows it. */
export interface ProcessInfo {
  readonly pid: number;
  /** `Z` is one that has ended and waits to be noticed. */
  readonly state: string;
  readonly session: number;
  readonly threads: number;
  /** When it started, in ticks since the machine did: with the pid it names a process for good. */
  readonly startTime: string;
  /** Memory in use, in bytes. */
  readonly rss: number;
}

const PAGE_BYTES = 4096;

/** The process of that number; undefined when there is none, or the system has no /proc. */
export function readProcess(pid: number): ProcessInfo | undefined {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return undefined;
  }
}

function parseStat(pid: number, stat: string): ProcessInfo | undefined {
  // The name, in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, , , session] = fields;
  const startTime = fields[19];
  if (state === undefined || startTime === undefined) return undefined;
  return {
    pid,
    state,
    session: Number(session),
    threads: Number(fields[17]),
    startTime,
    rss: Number(fields[21]) * PAGE_BYTES,
  };
}
