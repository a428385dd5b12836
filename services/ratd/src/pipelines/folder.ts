import { existsSync } from "node:fs";
import { constants, mkdir, open, type FileHandle } from "node:fs/promises";
import { systemCode } from "../errors.ts";

/** Where the kernel shows open folders: names below are looked up in the folder itself, wherever it has gone since. */
const DESCRIPTORS = "/proc/self/fd";
const HAS_DESCRIPTORS = existsSync(DESCRIPTORS);

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * An open folder, and the way down from it that follows no symbolic link. A run may exchange folders of its namespace
 * for links at any time; what was opened stays what it was. (Where the system shows no open folders, on macOS, links
 * are refused at each step, but a very fast exchange between two steps is not noticed.)
 */
export class Folder implements AsyncDisposable {
  readonly #handle: FileHandle;
  /** Names the folder towards the file system. */
  readonly path: string;

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.path = HAS_DESCRIPTORS ? `${DESCRIPTORS}/${handle.fd}` : path;
  }

  /** Opens the folder at `path`; undefined when there is none, or something else is there. */
  static async open(path: string): Promise<Folder | undefined> {
    const handle = await absentIfNone(open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    return handle === undefined ? undefined : new Folder(handle, path);
  }

  /** The path of a thing in this folder; `name` is one plain name. */
  at(name: string): string {
    return `${this.path}/${name}`;
  }

  /** The folder below along `names`; undefined when it is not there. With `make` missing ones are made. */
  async descend(names: readonly string[], make = false): Promise<Folder | undefined> {
    let folder: Folder | undefined = await Folder.open(`${this.path}/.`);
    for (const name of names) {
      if (folder === undefined) return undefined;
      await using parent: Folder = folder;
      const made = make && (await makeFolder(parent.at(name)));
      folder = await Folder.open(parent.at(name));
      if (made && folder !== undefined) await parent.shareWithGroup(folder.#handle, 0o2770);
    }
    return folder;
  }

  /** Opens a plain file of this folder for reading; undefined when there is none. */
  async openFile(name: string): Promise<FileHandle | undefined> {
    // Without O_NONBLOCK a named pipe would hold the caller until somebody writes into it.
    const file = await absentIfNone(open(this.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    if (file === undefined || (await file.stat()).isFile()) return file;
    await file.close();
    return undefined;
  }

  /** Gives what was made in it the mode, whatever the umask, if its own group may write here: runs are of that group. */
  async shareWithGroup(made: FileHandle, mode: number): Promise<void> {
    const { mode: own } = await this.#handle.stat();
    if ((own & 0o2020) === 0o2020) await made.chmod(mode);
  }

  /** Makes the names in it last. */
  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/** Makes a folder that its owner and its group may use; answers false when something is there. */
export async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, 0o770);
    return true;
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    return false;
  }
}

/** Not there, no folder on the way, a symbolic link, or a socket. */
const NONE = new Set(["ENOENT", "ENOTDIR", "ELOOP", "EMLINK", "ENXIO", "EISDIR"]);

/** Undefined in place of the error for what is not there. */
export async function absentIfNone<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (NONE.has(systemCode(error) ?? "")) return undefined;
    throw error;
  }
}
