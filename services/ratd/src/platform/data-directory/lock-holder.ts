import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { Clock } from "../clock.ts";

/** Who holds a data directory. Boot and start time tell a process from a later one with the same pid. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When it took the directory, ISO 8601. */
  readonly since: string;
  /** Kernel boot id; null where there is no /proc. */
  readonly bootId: string | null;
  /** Start of the process in clock ticks since boot; null where there is no /proc. */
  readonly startTicks: string | null;
}

/** This process, as the next starter shall see it. */
export async function thisProcess(clock: Clock): Promise<LockHolder> {
  return {
    pid: process.pid,
    host: hostname(),
    since: new Date(clock.now()).toISOString(),
    bootId: await bootId(),
    startTicks: await startTicks(process.pid),
  };
}

/** What the file says; undefined when it is missing or torn. */
export async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    return parseHolder(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** Whether exactly this process (not a later one with its pid) runs, as far as this machine can tell. */
export async function isAlive(holder: LockHolder): Promise<boolean> {
  if (holder.bootId !== null && holder.bootId !== (await bootId())) return false;
  if (holder.startTicks !== null) return holder.startTicks === (await startTicks(holder.pid));
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** The holder for a message to people. */
export async function describeHolder(holder: LockHolder): Promise<string> {
  const elsewhere = (await isAlive(holder)) ? "" : ` on ${holder.host}, perhaps in another container`;
  return `the ratd with pid ${holder.pid} since ${holder.since}${elsewhere}`;
}

function parseHolder(value: unknown): LockHolder | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { pid, host, since, bootId, startTicks } = value as Record<string, unknown>;
  if (typeof pid !== "number" || typeof host !== "string" || typeof since !== "string") return undefined;
  return { pid, host, since, bootId: stringOrNull(bootId), startTicks: stringOrNull(startTicks) };
}

function stringOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

async function bootId(): Promise<string | null> {
  return readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
    (text) => text.trim(),
    () => null,
  );
}

/** Field 22 of /proc/<pid>/stat. Counted from behind the name, which may hold blanks and brackets. */
async function startTicks(pid: number): Promise<string | null> {
  return readFile(`/proc/${pid}/stat`, "utf8").then(
    (text) => text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null,
    () => null,
  );
}
