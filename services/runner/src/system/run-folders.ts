import * as fs from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { firstBarrier, type Account } from "@rat/processes";

const PREFIX = "rat-runner-";

/** The folders of one run. */
export interface RunFolder {
  /** Not the run's: what the run must not replace lies here. */
  readonly outer: string;
  /** Working folder, HOME and TMPDIR of the run, and its own. */
  readonly work: string;
}

/** Where temporary files go when the users of runs cannot enter the folder for them that the environment names. */
const USUAL = "/tmp";

/** Folders of runs, fresh for each and gone after it. */
export class RunFolders {
  /** Users of runs pass through it, and only the runner writes to it. */
  readonly root: string;
  #next = 0;

  private constructor(root: string) {
    this.root = root;
  }

  /** Begins with nothing: what an earlier runner with the same state left is removed. `account` is a user of runs. */
  static open(state: string, account: Account | undefined): RunFolders {
    const note = join(state, "runs-folder");
    const former = readIfThere(note);
    if (
      former !== undefined &&
      [tmpdir(), USUAL].includes(dirname(former)) &&
      basename(former).startsWith(PREFIX)
    ) {
      fs.rmSync(former, { recursive: true, force: true });
    }
    const parent = firstBarrier(tmpdir(), account) === undefined ? tmpdir() : USUAL;
    const root = fs.mkdtempSync(join(parent, PREFIX));
    fs.writeFileSync(note, root, { mode: 0o600 });
    // Users of runs pass through, and cannot look around.
    fs.chmodSync(root, 0o711);
    return new RunFolders(root);
  }

  make(uid: number | undefined, gid: number | undefined): RunFolder {
    this.#next += 1;
    const outer = join(this.root, String(this.#next));
    const work = join(outer, "work");
    fs.mkdirSync(outer);
    fs.chmodSync(outer, 0o711);
    fs.mkdirSync(work, { mode: 0o700 });
    if (uid !== undefined) fs.chownSync(work, uid, gid ?? uid);
    return { outer, work };
  }

  async remove({ outer }: RunFolder): Promise<void> {
    await rm(outer, { recursive: true, force: true, maxRetries: 2 });
  }

  close(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
