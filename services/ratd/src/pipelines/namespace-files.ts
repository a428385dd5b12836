import { constants, lstat, open, readdir, rename, rmdir, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { makePassage } from "@rat/processes";
import { RatError, systemCode } from "../errors.ts";
import { parseFilePath, parseRawPath, UPLOAD_PREFIX } from "./file-path.ts";
import { absentIfNone, Folder, makeFolder } from "./folder.ts";
import { listFiles, type FileEntry } from "./list-files.ts";
import { writeBounded } from "./write-bounded.ts";

/** What the files of namespaces need. */
export interface NamespaceFilesDeps {
  /** Folder with one folder for each namespace. Absolute. */
  readonly workspace: string;
  /** Bytes of one file that is uploaded. */
  readonly maxBytes: number;
  /** A text that no other upload has. */
  readonly uniqueName: () => string;
}

/** A file to be read; whoever asked for it closes it. */
export interface OpenedFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly modifiedAt: Date;
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** The files of namespaces: callers write below `raw/` and read everything. Names were checked by the caller. */
export class NamespaceFiles {
  readonly #deps: NamespaceFilesDeps;

  constructor(deps: NamespaceFilesDeps) {
    this.#deps = deps;
  }

  /** Files whose path begins with `prefix` and comes after `after`, sorted; one more than `limit`. */
  async list(
    namespace: string,
    { prefix, after, limit }: { readonly prefix: string; readonly after: string; readonly limit: number },
  ): Promise<readonly FileEntry[]> {
    await using root = await this.#open(namespace);
    return root === undefined ? [] : await listFiles(root, { prefix, after, limit: limit + 1 });
  }

  /** @throws RatError not_found, bad_request */
  async read(namespace: string, path: string): Promise<OpenedFile> {
    const names = parseFilePath(path);
    await using root = await this.#open(namespace);
    await using folder = await root?.descend(names.slice(0, -1));
    const handle = await folder?.openFile(names.at(-1) ?? "");
    if (handle === undefined) throw noFile(namespace, path);
    const { size, mtime } = await handle.stat();
    return { handle, size, modifiedAt: mtime };
  }

  /**
   * Stores a file as a whole: it is there when this resolves, and was not there in part before.
   *
   * @returns whether there was none of this name
   * @throws RatError bad_request, payload_too_large, conflict when a folder has the name, disk_full
   */
  async write(namespace: string, path: string, content: AsyncIterable<Uint8Array>): Promise<boolean> {
    const names = parseRawPath(path);
    const name = names.at(-1) ?? "";
    await using root = await this.#make(namespace);
    await using folder = await root.descend(names.slice(0, -1), true);
    if (folder === undefined) throw new RatError("conflict", `A part of ${path} is no folder.`);
    const temporary = folder.at(`${UPLOAD_PREFIX}${this.#deps.uniqueName()}`);
    const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o660);
    try {
      try {
        await writeBounded(handle, content, this.#deps.maxBytes);
        await folder.shareWithGroup(handle, 0o660);
        await handle.sync();
      } finally {
        await handle.close();
      }
      const before = await absentIfNone(lstat(folder.at(name)));
      if (before?.isDirectory() === true) throw new RatError("conflict", `${path} is a folder.`);
      await rename(temporary, folder.at(name));
      await folder.sync();
      return before === undefined;
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      throw fileError(error);
    }
  }

  /** @throws RatError not_found, bad_request */
  async remove(namespace: string, path: string): Promise<void> {
    const names = parseRawPath(path);
    await using root = await this.#open(namespace);
    await using folder = await root?.descend(names.slice(0, -1));
    const target = folder?.at(names.at(-1) ?? "");
    const entry = target === undefined ? undefined : await absentIfNone(lstat(target));
    if (target === undefined || entry?.isFile() !== true) throw noFile(namespace, path);
    await unlink(target);
  }

  /** Removes the folder of a namespace. @throws RatError conflict while there are files in it */
  async removeAll(namespace: string): Promise<void> {
    await using root = await this.#open(namespace);
    if (root === undefined) return;
    try {
      await removeEmpty(root);
      await rmdir(join(this.#deps.workspace, namespace));
    } catch (error) {
      if (systemCode(error) !== "ENOTEMPTY" && systemCode(error) !== "ENOTDIR") throw error;
      throw new RatError("conflict", `The namespace "${namespace}" has files; remove them first.`, {
        cause: error,
      });
    }
  }

  #open(namespace: string): Promise<Folder | undefined> {
    return Folder.open(join(this.#deps.workspace, namespace));
  }

  async #make(namespace: string): Promise<Folder> {
    // Commands of a run may have a user of their own: they pass through here, and see only what their group may see.
    makePassage(this.#deps.workspace);
    await makeFolder(join(this.#deps.workspace, namespace));
    const folder = await this.#open(namespace);
    if (folder === undefined)
      throw new RatError("internal", `The folder of namespace ${namespace} is no folder.`);
    return folder;
  }
}

async function removeEmpty(folder: Folder): Promise<void> {
  for (const entry of await readdir(folder.path, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      await using inner = await folder.descend([entry.name]);
      if (inner !== undefined) await removeEmpty(inner);
    }
    // What a killed process left of an upload is nobody's file.
    if (entry.isFile() && entry.name.startsWith(UPLOAD_PREFIX)) await unlink(folder.at(entry.name));
    else await rmdir(folder.at(entry.name));
  }
}

function noFile(namespace: string, path: string): RatError {
  return new RatError("not_found", `The namespace "${namespace}" has no file ${path}.`);
}

function fileError(error: unknown): unknown {
  if (systemCode(error) !== "ENOSPC" && systemCode(error) !== "EDQUOT") return error;
  return new RatError("disk_full", "The disk that holds the workspace is full.", { cause: error });
}
