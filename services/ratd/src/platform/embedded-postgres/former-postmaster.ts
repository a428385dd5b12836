import { execFile } from "node:child_process";
import { readFile, readlink, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { endProcess, identify, presenceOf, signalProcess, type ProcessIdentity } from "@rat/processes";
import { RatError } from "../../errors.ts";
import { systemClock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import { isSocketDirectory } from "./socket-directory.ts";

/** What postmaster.pid says about the last server of a cluster. */
interface PidFile {
  readonly pid: number;
  readonly socketDirectory: string | undefined;
}

// Each signal gets so long before the next one: fast shutdown, immediate shutdown, kill.
const LADDER = (["SIGINT", "SIGQUIT", "SIGKILL"] as const).map((signal) => ({ signal, patienceMs: 5_000 }));

/**
 * Ends a server that a killed ratd left running on this cluster, and clears what it left behind. The caller
 * holds the data directory, so a server found here is nobody's. A process that merely got its pid is left alone.
 */
export async function endFormerPostmaster(options: {
  readonly cluster: string;
  /** The socket directory of the next server, which stays. */
  readonly socketDirectory: string;
  readonly logger: Logger;
}): Promise<void> {
  const { cluster, logger } = options;
  const left = await readPidFile(cluster);
  if (left === undefined) return;
  const former = identify(left.pid);
  if (await isServerOf(left.pid, cluster)) {
    logger.warn({ pid: left.pid, cluster }, "A PostgreSQL of a killed ratd still runs; stopping it.");
    await end(former, cluster);
  } else if (presenceOf(former) !== "gone") {
    // PostgreSQL would take the foreign process for its predecessor and refuse. Of a dead one it judges itself.
    logger.warn(
      { pid: left.pid, cluster },
      "Removing a stale postmaster.pid whose pid now belongs to another process.",
    );
    await rm(join(cluster, "postmaster.pid"), { force: true });
  }
  const socket = left.socketDirectory;
  if (socket !== undefined && socket !== options.socketDirectory && isSocketDirectory(socket)) {
    await rm(socket, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function end(former: ProcessIdentity, cluster: string): Promise<void> {
  const server = {
    lives: async () => presenceOf(former) !== "gone" && (await isServerOf(former.pid, cluster)),
    signal: (name: NodeJS.Signals) => signalProcess(former, name),
  };
  if (await endProcess(server, LADDER, systemClock)) return;
  throw new RatError(
    "database_start_failed",
    `The PostgreSQL with pid ${former.pid} on ${cluster} does not end. Stop it by hand.`,
  );
}

async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => "");
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 1 ? { pid, socketDirectory: lines[4] } : undefined;
}

/** Whether the process is a postgres that works in this cluster; postgres makes the cluster its working directory. */
async function isServerOf(pid: number, cluster: string): Promise<boolean> {
  if (process.platform === "linux") {
    const [directory, program] = await Promise.all([link(pid, "cwd"), link(pid, "exe")]);
    return (
      directory === cluster && program !== undefined && /^postgres( \(deleted\))?$/.test(basename(program))
    );
  }
  const listed = await promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]).catch(() => ({
    stdout: "",
  }));
  return listed.stdout.includes("postgres") && listed.stdout.includes(cluster);
}

async function link(pid: number, name: "cwd" | "exe"): Promise<string | undefined> {
  return readlink(`/proc/${pid}/${name}`).catch(() => undefined);
}
