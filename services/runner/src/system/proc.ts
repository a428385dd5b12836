import { readdirSync, readFileSync, statSync } from "node:fs";
import { readProcess, type ProcessInfo } from "@rat/processes";

/** All processes; none where the system has no /proc. */
export function listProcesses(): readonly ProcessInfo[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  return names.flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []));
}

/** The user whose process it is; undefined when it is gone. */
export function userOf(pid: number): number | undefined {
  try {
    const { uid } = statSync(`/proc/${pid}`);
    // A process that changed its user shows as root's, until it starts another program.
    if (uid !== 0) return uid;
    const line = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    return line?.[1] === undefined ? undefined : Number(line[1]);
  } catch {
    return undefined;
  }
}

/** Whether the process was started with that variable. */
export function wasStartedWith(pid: number, variable: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}\0`.includes(`\0${variable}\0`);
  } catch {
    return false;
  }
}
