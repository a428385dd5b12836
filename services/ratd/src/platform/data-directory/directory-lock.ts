import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { RatError } from "../../errors.ts";
import type { Clock } from "../clock.ts";
import { explainFileError } from "./explain-file-error.ts";
import { describeHolder, isAlive, readHolder, thisProcess, type LockHolder } from "./lock-holder.ts";

const SQLITE_BUSY = 5;
// How long the loser of a close race waits for the winner's name. The promise is a refusal within one second.
const NAME_WAIT_MS = 500;
const NAME_POLL_MS = 20;

/**
 * Takes the directory for this process. The lock is one of the kernel's (fcntl, through an empty SQLite file): it
 * ends with the process, however that ends, so there is no stale lock to judge, and it holds between containers
 * that share a volume but not their pids. `ratd.pid` beside it only says who holds it.
 */
export async function takeDirectoryLock(directory: string, clock: Clock): Promise<AsyncDisposable> {
  const holderFile = join(directory, "ratd.pid");
  const lock = await lockFile(directory, join(directory, "ratd.lock"));
  if (lock === undefined) throw await refusal(directory, holderFile, clock);
  try {
    await writeFile(holderFile, `${JSON.stringify(await thisProcess(clock))}\n`, { mode: 0o600 });
  } catch (error) {
    lock.close();
    throw await explainFileError(error, "write to", directory);
  }
  let held = true;
  return {
    async [Symbol.asyncDispose]() {
      if (!held) return;
      held = false;
      // The lock file itself stays: removing it would let two processes lock two different files of that name.
      await rm(holderFile, { force: true }).finally(() => lock.close());
    },
  };
}

/** The open lock, or undefined when another process has it. */
async function lockFile(directory: string, path: string): Promise<DatabaseSync | undefined> {
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(path, { timeout: 0 });
    file.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    await chmod(path, 0o600);
    return file;
  } catch (error) {
    file?.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return undefined;
    throw await explainFileError(error, "lock", directory);
  }
}

async function refusal(directory: string, holderFile: string, clock: Clock): Promise<RatError> {
  const holder = await waitForName(holderFile, clock);
  const who = holder === undefined ? "a process that is just starting" : await describeHolder(holder);
  const detail =
    `The data directory ${directory} is in use by ${who}. ` +
    "Stop that process first, or set RAT_DATA_DIR to a directory of its own.";
  return new RatError("data_directory_locked", detail);
}

async function waitForName(holderFile: string, clock: Clock): Promise<LockHolder | undefined> {
  const deadline = clock.monotonic() + NAME_WAIT_MS;
  for (;;) {
    const holder = await readHolder(holderFile);
    if (holder !== undefined && (await isAlive(holder))) return holder;
    // A holder in another container cannot be looked up here: its name is then the best there is.
    if (clock.monotonic() >= deadline) return holder;
    // Not the clock's timer, which does not keep a process alive: here nothing else would.
    await setTimeout(NAME_POLL_MS);
  }
}
