import { spawnSync } from "node:child_process";
import { chmodSync, constants, copyFileSync, mkdirSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { PluginLog } from "@rat/plugin-sdk";
import { firstBarrier, type Account } from "@rat/processes";
import { findPrograms } from "./find-program.ts";

/** What the programs of runs are found with. */
export interface RunProgramsDeps {
  /** A user of runs; undefined when runs are the runner's own user, who reaches what the runner reaches. */
  readonly account: Account | undefined;
  /** A folder that users of runs can enter and only the runner can write to. */
  readonly folder: string;
  /** The runner's own Node. */
  readonly node: string;
  readonly log: PluginLog;
}

/**
 * The programs that runs may start. Node is mostly installed with the project; where that lies below a folder that is
 * closed to the users of runs, as root's home is, they get a copy of it.
 */
export class RunPrograms {
  readonly #node: string;
  /** Folder of the copy; undefined when there is none. */
  readonly #copies: string | undefined;

  private constructor(node: string, copies: string | undefined) {
    this.#node = node;
    this.#copies = copies;
  }

  /** Looks whether runs reach Node, makes the copy if they do not, and proves that they can start it. */
  static prepare({ account, folder, node, log }: RunProgramsDeps): RunPrograms {
    const own = realpathSync(node);
    const barrier = firstBarrier(own, account);
    if (account === undefined || barrier === undefined) return new RunPrograms(own, undefined);
    const copies = join(folder, "bin");
    const why = copyNode(own, copies, account);
    if (why === undefined) {
      log.info(
        { folder: barrier, copy: copies },
        "the users of runs cannot enter this folder: they get a copy of Node",
      );
      return new RunPrograms(own, copies);
    }
    log.error(
      { folder: barrier, copy: copies, why },
      `runs cannot start Node: ${closedTo(barrier)}, and a copy in ${folder} does not start (${why}); ` +
        "open that folder, or set TMPDIR to a folder from which every user may run programs",
    );
    return new RunPrograms(own, undefined);
  }

  /**
   * The file to start for a name that a run gave, or a path.
   *
   * @throws Error that says why there is none
   */
  find(name: string, path: string, cwd: string, account: Account | undefined): string {
    const found = findPrograms(name, path, cwd);
    let barrier: string | undefined;
    for (const program of found) {
      const closed = firstBarrier(program, account);
      if (closed === undefined) return program;
      if (this.#copies !== undefined && realpathSync(program) === this.#node)
        return join(this.#copies, "node");
      barrier ??= closed;
    }
    const shown = JSON.stringify(name);
    if (barrier === undefined) throw new Error(`cannot start: ${shown} is no program (ENOENT)`);
    throw new Error(`cannot start: ${shown} is ${found[0]}, but ${closedTo(barrier)} (EACCES)`);
  }

  /** The variable PATH of runs: with the copy of Node where theirs would lead to the one out of reach. */
  pathOf(path: string): string {
    const [first] = this.#copies === undefined ? [] : findPrograms("node", path, "/");
    if (this.#copies === undefined || first === undefined || realpathSync(first) !== this.#node) return path;
    return `${this.#copies}${delimiter}${path}`;
  }
}

function closedTo(barrier: string): string {
  return `the users of runs cannot enter ${barrier}, which \`chmod o+x\` would change`;
}

/** Copies Node and starts the copy as a run would; answers why not, or undefined. */
function copyNode(node: string, folder: string, { uid, gid }: Account): string | undefined {
  const copy = join(folder, "node");
  try {
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    copyFileSync(node, copy, constants.COPYFILE_FICLONE);
    chmodSync(copy, 0o755);
  } catch (error) {
    return error instanceof Error ? error.message : "it cannot be copied";
  }
  const { error, status, signal } = spawnSync(copy, ["--version"], {
    uid,
    gid,
    cwd: "/",
    env: {},
    stdio: "ignore",
  });
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : `it ended with ${signal ?? `exit code ${status}`}`;
}
