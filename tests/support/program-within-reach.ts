import { chmodSync, copyFileSync, globSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { build } from "rolldown";
import { firstBarrier } from "@rat/processes";

const ROOT = resolve(import.meta.dirname, "../..");

/** A program of the repository, and the Node to run it on. */
export interface Program {
  readonly node: string;
  readonly file: string;
}

/**
 * The program for a process of another user: in place, or where the repository lies below a folder that is closed to that
 * user, Node and the program as one file in `folder`, which must not be.
 */
export async function programWithinReach(
  file: string,
  uid: number | undefined,
  folder: string,
): Promise<Program> {
  const account = uid === undefined ? undefined : { uid, gid: uid };
  const closed = [process.execPath, join(file, "..")].some(
    (path) => firstBarrier(path, account) !== undefined,
  );
  if (!closed) return { node: process.execPath, file };
  const dir = join(folder, "program");
  await build({
    cwd: ROOT,
    input: file,
    platform: "node",
    external: [/^@duckdb\//],
    output: { dir, format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" },
    logLevel: "silent",
  });
  copyFileSync(process.execPath, join(dir, "node"));
  for (const path of [dir, ...globSync(`${dir}/*`)]) chmodSync(path, 0o755);
  return { node: join(dir, "node"), file: join(dir, basename(file).replace(/\.ts$/, ".mjs")) };
}
