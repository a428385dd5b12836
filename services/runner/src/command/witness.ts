import { spawnSync } from "node:child_process";
import type { PluginLog } from "@rat/plugin-sdk";
import { firstBarrier, type Account } from "@rat/processes";
import { findPrograms } from "../system/find-program.ts";

const SHELL = "/bin/sh";
/**
 * Waits for a program and leaves its exit code in the file that $0 names. It has no variables, as they could be the
 * program's; its signals are for the program, which decides what becomes of them; and what a shell says of a program that a
 * signal ended is no output of the run.
 */
const SCRIPT =
  "trap : HUP INT QUIT PIPE ALRM TERM USR1 USR2; exec 3>&2 2>/dev/null; " +
  '(exec 2>&3 3>&-; exec "$@"); set -- $?; echo $1 >"$0"; exit $1';

/** How to start a program. */
export interface Start {
  readonly file: string;
  readonly args: readonly string[];
  /** Whom the first process becomes; undefined: it stays who the runner is. */
  readonly account: Account | undefined;
}

/**
 * A small process between the runner and a program, of the runner's own user: it outlives the runner, and leaves how the
 * program ended where the program cannot.
 */
export class Witness {
  /** Whether this machine has what it takes. */
  readonly #works: boolean;
  /** The program that makes a process another user. */
  readonly #setpriv: string;

  private constructor(works: boolean, setpriv: string) {
    this.#works = works;
    this.#setpriv = setpriv;
  }

  /** Finds out whether there can be one, by doing it once. `account` is a user of runs. */
  static prepare(account: Account | undefined, path: string, log: PluginLog): Witness {
    const found = findPrograms("setpriv", path, "/");
    const setpriv = found.find((program) => firstBarrier(program, account) === undefined);
    const witness = new Witness(true, setpriv ?? "setpriv");
    const { file, args } = witness.around([SHELL, "-c", "exit 7"], "/dev/null", account);
    if (spawnSync(file, args, { env: {}, stdio: "ignore" }).status === 7) return witness;
    log.warn("how commands ended is lost when the runner is killed: that takes setpriv and a shell with -p");
    return new Witness(false, "");
  }

  /** Starts these arguments with a witness, which leaves the exit code in `endFile`. */
  around(argv: readonly string[], endFile: string, account: Account | undefined): Start {
    const [file = "", ...args] = argv;
    if (!this.#works) return { file, args, account };
    const program = account === undefined ? argv : this.#become(account, argv);
    // Not one variable of the run may change what a shell of the runner's user does: -p.
    return { file: SHELL, args: ["-p", "-c", SCRIPT, endFile, ...program], account: undefined };
  }

  /** Processes of a run that are the witness's. */
  get processes(): number {
    return this.#works ? 1 : 0;
  }

  #become({ uid, gid }: Account, argv: readonly string[]): readonly string[] {
    // One start less where the arguments begin with it anyway.
    const rest = argv[0] === this.#setpriv ? argv.slice(1) : argv;
    return [this.#setpriv, `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", ...rest];
  }
}
