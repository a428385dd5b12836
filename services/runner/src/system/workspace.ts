import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { fileFault } from "./file-fault.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = fs.constants;
/** How many groups there are for namespaces. */
const GROUPS = 8000;
/** Which namespace has which group: links named after groups. */
const REGISTER = ".groups";
const LAYERS = ["bronze", "silver", "gold"] as const;

/** The folder of a namespace, and the group whose members may use it. */
export interface NamespaceFolder {
  readonly path: string;
  /** Undefined: the folder is its owner's alone. */
  readonly gid: number | undefined;
}

/** The files of the namespaces. */
export class Workspace {
  readonly #root: string;
  readonly #firstGroup: number | undefined;

  /** From `firstGroup` on, each namespace has a group of its own: for runs that have users of their own. */
  constructor(root: string, firstGroup: number | undefined) {
    this.#root = root;
    this.#firstGroup = firstGroup;
    if (firstGroup !== undefined) fs.mkdirSync(join(root, REGISTER), { recursive: true, mode: 0o700 });
  }

  /**
   * Opens the folder of a namespace to its runs; made when it is not there.
   *
   * @throws Error when it is a link, or not the runner's to open
   */
  open(namespace: string): NamespaceFolder {
    try {
      return this.#open(namespace);
    } catch (error) {
      if (!(error instanceof Error) || fileFault(error) !== "denied") throw error;
      const whose = `${this.#root} and the folders in it must belong to uid ${process.getuid?.()}, who the runner is`;
      throw new Error(`the files of ${namespace} cannot be opened: ${error.message}; ${whose}`, {
        cause: error,
      });
    }
  }

  #open(namespace: string): NamespaceFolder {
    const path = join(this.#root, namespace);
    fs.mkdirSync(path, { recursive: true, mode: 0o770 });
    if (this.#firstGroup === undefined) {
      if (!fs.lstatSync(path).isDirectory()) throw new Error(`the folder of ${namespace} is a link`);
      return { path, gid: undefined };
    }
    const gid = this.#groupOf(namespace, this.#firstGroup);
    // Nobody of the group has been here before, so nothing in it can be a trap yet.
    if (fs.lstatSync(path).gid !== gid) giveToGroup(path, gid);
    openFolder(path, gid);
    for (const layer of LAYERS) openFolder(join(path, layer), gid);
    return { path, gid };
  }

  #groupOf(namespace: string, firstGroup: number): number {
    const start = createHash("sha256").update(namespace).digest().readUInt32BE(0) % GROUPS;
    for (let at = 0; at < GROUPS; at += 1) {
      const gid = firstGroup + ((start + at) % GROUPS);
      const link = join(this.#root, REGISTER, String(gid));
      try {
        // Made as a whole or not at all, whoever else tries: two namespaces never have the same group.
        fs.symlinkSync(namespace, link);
        return gid;
      } catch {
        if (fs.readlinkSync(link) === namespace) return gid;
      }
    }
    throw new Error("all groups for namespaces are taken");
  }
}

/** Lets the group into a folder that is there, and into what will be made in it. A link is never followed. */
function openFolder(path: string, gid: number): void {
  let fd: number;
  try {
    fd = fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch {
    return;
  }
  try {
    const { mode, gid: present, uid } = fs.fstatSync(fd);
    if (present !== gid) fs.fchownSync(fd, uid, gid);
    if ((mode & 0o2770) !== 0o2770) fs.fchmodSync(fd, (mode & 0o770) | 0o2770);
  } finally {
    fs.closeSync(fd);
  }
}

function giveToGroup(folder: string, gid: number): void {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const { uid, mode } = fs.lstatSync(path);
    if (!entry.isFile() && !entry.isDirectory()) continue;
    fs.lchownSync(path, uid, gid);
    fs.chmodSync(path, (mode & 0o700) | (entry.isDirectory() ? 0o2070 : 0o060));
  }
}
