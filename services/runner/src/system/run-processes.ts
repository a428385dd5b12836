import { spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import type { ProcessInfo } from "@rat/processes";
import { listProcesses, userOf, wasStartedWith } from "./proc.ts";

/** By what the processes of a run are known. */
export interface RunMark {
  /** Value of the variable RAT_RUN_MARK that the run's programs inherit. */
  readonly mark: string;
  /** The user that is the run's alone; undefined when runs share one. */
  readonly uid: number | undefined;
  /** The first process of the run, which leads its session. */
  readonly leader: { readonly pid: number; readonly startTime: string | undefined } | undefined;
}

/** The variable that marks the programs of a run. */
export const MARK_VARIABLE = "RAT_RUN_MARK";

const MAX_ROUNDS = 200;

/** Finds the processes of a run among these: by its user or else by session and mark. */
export function processesOf(
  run: RunMark,
  all: readonly ProcessInfo[] = listProcesses(),
): readonly ProcessInfo[] {
  const { uid, leader, mark } = run;
  return all.filter(({ pid, state, session }) => {
    if (state === "Z" || pid === process.pid) return false;
    if (leader !== undefined && session === leader.pid && owned(pid)) return true;
    // Nobody leaves a user; a session and a variable can be left.
    if (uid !== undefined) return userOf(pid) === uid;
    return owned(pid) && wasStartedWith(pid, `${MARK_VARIABLE}=${mark}`);
  });
}

/** Kills everything of a run, until nothing is left of it; answers whether that came about. */
export async function killRun(run: RunMark): Promise<boolean> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const left = processesOf(run);
    if (left.length === 0) return true;
    for (const { pid } of left) kill(pid);
    // One after the other, processes that keep forking could outrun the loop; this reaches all at the same moment.
    if (run.uid !== undefined && round > 0) await killAllOf(run.uid);
    await setImmediate();
  }
  return false;
}

function owned(pid: number): boolean {
  const own = process.getuid?.();
  return own === 0 || userOf(pid) === own;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

async function killAllOf(uid: number): Promise<void> {
  const child = spawn("/bin/sh", ["-c", "kill -9 -1"], { uid, gid: uid, stdio: "ignore", env: {} });
  await Promise.race([once(child, "exit"), once(child, "error")]).catch(() => undefined);
}
