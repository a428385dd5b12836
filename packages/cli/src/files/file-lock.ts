import { mkdir, open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { CliError } from "../output/cli-error.ts";

/** How to wait for a lock. */
export interface LockTimes {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

const POLL_MS = 50;
/** Longer than any holder works: renewing a session takes one or two requests of 10 s at most. */
const STALE_MS = 60_000;
const PATIENCE_MS = 90_000;

/** Does work while the file at `path` is ours. A file that a killed process left behind is taken over after a minute. */
export async function withFileLock<Result>(
  path: string,
  work: () => Promise<Result>,
  { now, sleep }: LockTimes,
): Promise<Result> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const deadline = now() + PATIENCE_MS;
  while (!(await taken(path))) {
    if (now() > deadline) {
      throw new CliError("contexts_unusable", `another rat holds ${path}`, {
        steps: [`if none runs: rm ${path} ${path}.stale`],
      });
    }
    await removeStale(path, now);
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function taken(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx", 0o600)).close();
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** Looked at again under a lock of its own, so that of two who find it stale none removes the lock of the other. */
async function removeStale(path: string, now: () => number): Promise<void> {
  const guard = `${path}.stale`;
  if (!(await isStale(path, now)) || !(await taken(guard))) return;
  try {
    if (await isStale(path, now)) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function isStale(path: string, now: () => number): Promise<boolean> {
  try {
    return now() - (await stat(path)).mtimeMs > STALE_MS;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
