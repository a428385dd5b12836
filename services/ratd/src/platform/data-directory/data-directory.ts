import { mkdir, realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { systemClock, type Clock } from "../clock.ts";
import { takeDirectoryLock } from "./directory-lock.ts";
import { explainFileError } from "./explain-file-error.ts";
import { proveWritable } from "./prove-writable.ts";

/** A directory that this ratd alone uses until it is disposed. */
export interface DataDirectory extends AsyncDisposable {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
}

/**
 * Creates the directory for the owner only (0700), proves by a real write that it takes data, and locks it.
 *
 * @throws RatError data_directory_unusable, disk_full, or data_directory_locked (within a second, with the holder's pid)
 */
export async function openDataDirectory(options: {
  readonly path: string;
  readonly clock?: Clock;
}): Promise<DataDirectory> {
  const wanted = resolve(options.path);
  const path = await mkdir(wanted, { recursive: true, mode: 0o700 })
    .then(() => realpath(wanted))
    .catch(async (error: unknown) => {
      throw await explainFileError(error, "create", wanted);
    });
  await proveWritable(path);
  const lock = await takeDirectoryLock(path, options.clock ?? systemClock);
  return { path, [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose]() };
}
