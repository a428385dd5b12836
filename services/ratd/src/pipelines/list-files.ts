import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { UPLOAD_PREFIX } from "./file-path.ts";
import { absentIfNone, type Folder } from "./folder.ts";

/** A file of a namespace. */
export interface FileEntry {
  /** From the folder of the namespace, with slashes. */
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: Date;
}

/** What to list. */
export interface FileQuery {
  readonly prefix: string;
  /** The list begins behind this path. */
  readonly after: string;
  readonly limit: number;
}

const MAX_DEPTH = 32;

/** The plain files below a folder in the order of their paths; links are neither shown nor followed. */
export async function listFiles(root: Folder, query: FileQuery): Promise<readonly FileEntry[]> {
  const found: FileEntry[] = [];
  await walk(root, "", 0, query, found);
  return found;
}

async function walk(
  folder: Folder,
  at: string,
  depth: number,
  query: FileQuery,
  found: FileEntry[],
): Promise<void> {
  for (const { name, entry } of await sorted(folder)) {
    if (found.length >= query.limit) return;
    const path = at + name;
    if (entry.isDirectory()) {
      if (depth >= MAX_DEPTH || !mayHold(path, query)) continue;
      await using inner = await folder.descend([entry.name]);
      if (inner !== undefined) await walk(inner, path, depth + 1, query, found);
    } else if (path.startsWith(query.prefix) && path > query.after) {
      const stat = await absentIfNone(lstat(folder.at(entry.name)));
      if (stat?.isFile() === true) found.push({ path, size: stat.size, modifiedAt: stat.mtime });
    }
  }
}

/** Whether a folder, its path with a slash behind, may hold what is asked for. */
function mayHold(path: string, { prefix, after }: FileQuery): boolean {
  return (path.startsWith(prefix) || prefix.startsWith(path)) && (path > after || after.startsWith(path));
}

/** A folder counts with the slash that follows it in paths: only so is the order that of the paths. */
async function sorted(folder: Folder): Promise<readonly { readonly name: string; readonly entry: Dirent }[]> {
  const entries = (await absentIfNone(readdir(folder.path, { withFileTypes: true }))) ?? [];
  return entries
    .filter((entry) => (entry.isFile() || entry.isDirectory()) && !entry.name.startsWith(UPLOAD_PREFIX))
    .map((entry) => ({ name: entry.isDirectory() ? `${entry.name}/` : entry.name, entry }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
