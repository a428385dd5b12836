import type { PluginLog } from "@rat/plugin-sdk";
import { firstBarrier } from "@rat/processes";
import { findPrograms } from "./find-program.ts";
import { listProcesses, userOf } from "./proc.ts";
import type { UserBlock } from "./user-block.ts";

/** What one run may use. */
export interface ProcessLimits {
  readonly memoryMb: number;
  readonly pids: number;
  readonly diskMb: number;
}

/** How runs are kept apart on this machine. */
export interface Isolation {
  /** Undefined: all runs are the runner's own user. */
  readonly users: UserBlock | undefined;
  /** Whether the users of runs can reach the files of the namespaces. */
  readonly workspaceReachable: boolean;
  /** The arguments that run `argv` within limits. */
  readonly confine: (argv: readonly string[], limits: ProcessLimits) => readonly string[];
}

const MEBIBYTE = 1024 * 1024;
/** What a program maps beside what it uses; the watch on real use is the narrower limit. */
const DATA_SPARE = 256 * MEBIBYTE;
/** Above the limit, so that the watch sees that it was passed and says so. */
const PIDS_SPARE = 32;
const MAX_FILES = 4096;

/** Finds out what this machine offers, and says so in the log. */
export function detectIsolation(users: UserBlock | undefined, workspace: string, log: PluginLog): Isolation {
  const path = process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin";
  const find = (name: string) =>
    findPrograms(name, path, "/").find((file) => firstBarrier(file, users?.account) === undefined);
  const prlimit = find("prlimit");
  const setpriv = find("setpriv");
  const blocked = firstBarrier(workspace, users?.account);
  log.info(
    { users: users !== undefined, prlimit: prlimit !== undefined, setpriv: setpriv !== undefined },
    users === undefined ? "runs share the runner's user" : "each run has a user of its own",
  );
  if (blocked !== undefined) {
    log.warn(
      { folder: blocked },
      "the users of runs cannot enter this folder: commands get no RAT_WORKSPACE; chmod o+x makes it reachable",
    );
  }
  return {
    users,
    workspaceReachable: blocked === undefined,
    confine: (argv, { memoryMb, pids, diskMb }) => [
      ...(setpriv === undefined ? [] : [setpriv, "--no-new-privs"]),
      ...(prlimit === undefined
        ? []
        : [
            prlimit,
            "--core=0",
            `--nofile=${MAX_FILES}`,
            `--fsize=${diskMb * MEBIBYTE}`,
            `--data=${2 * memoryMb * MEBIBYTE + DATA_SPARE}`,
            // The system counts by user: without one of its own, what runs already comes on top.
            `--nproc=${pids + PIDS_SPARE + (users === undefined ? ownThreads() : 0)}`,
            "--",
          ]),
      ...argv,
    ],
  };
}

function ownThreads(): number {
  const own = process.getuid?.();
  return listProcesses()
    .filter(({ pid }) => userOf(pid) === own)
    .reduce((sum, { threads }) => sum + threads, 0);
}
