import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { withFileLock, type LockTimes } from "./file-lock.ts";
import type { PrivateFile, PrivateFiles } from "./private-files.ts";

const READABLE_BY_OTHERS = 0o077;
const WRITABLE_BY_OTHERS = 0o022;

/** The private files of this machine. */
export function processPrivateFiles(times: LockTimes): PrivateFiles {
  return {
    read,
    write,
    locked: (path, work) => withFileLock(path, work, times),
  };
}

async function read(path: string): Promise<PrivateFile | undefined> {
  try {
    await using file = await open(path, "r");
    const { mode } = await file.stat();
    return { text: await file.readFile("utf8"), exposed: await exposure(path, mode) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function exposure(path: string, mode: number): Promise<PrivateFile["exposed"]> {
  // Windows has no such modes; there the profile of the user guards the file.
  if (process.platform === "win32") return undefined;
  if ((mode & READABLE_BY_OTHERS) !== 0) {
    return { how: `others may use ${path} (mode ${octal(mode)})`, remedy: `chmod 600 ${path}` };
  }
  const folder = dirname(path);
  const { mode: folderMode } = await stat(folder);
  if ((folderMode & WRITABLE_BY_OTHERS) === 0) return undefined;
  return {
    how: `others may replace ${path} (mode ${octal(folderMode)} of its folder)`,
    remedy: `chmod 700 ${folder}`,
  };
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0");
}
