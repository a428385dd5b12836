import { spawn } from "node:child_process";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HostPort } from "../platform/host-port.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import { readRunnerAddress, type RunnerAddress } from "./runner-address.ts";

/** What a managed runner needs. */
export interface ManagedRunnerDeps {
  /** Folder with the files of the namespaces. */
  readonly workspace: string;
  /** Folder of the runner's own. */
  readonly state: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the runner listens now. */
  readonly onAddress: (address: HostPort) => void;
}

const PROGRAM = fileURLToPath(new URL("../../../runner/src/main.ts", import.meta.url));
/** Variables of ratd that its runner sees, besides those that begin with RAT_RUNNER_. */
const PASSED_ON: ReadonlySet<string> = new Set(["PATH", "HOME", "LANG", "TZ"]);
/** Time between two looks at whether it runs, milliseconds. */
const LOOK_MS = 250;
/** Time before it is started again, milliseconds: longer each time, until it has run for a minute. */
const RESTART_MS = [0, 1000, 5000, 15_000, 30_000] as const;
const STABLE_MS = 60_000;
/** How long it may take to finish its runs when ratd stops. */
const STOP_LIMIT_MS = 35_000;

/**
 * The runner that ratd starts on its own machine. It outlives a ratd that is killed, so that no run is lost with it: the
 * next ratd finds it by the file that it leaves in its state folder, and goes on with it. It ends when ratd is stopped.
 */
export class ManagedRunner implements AsyncDisposable {
  readonly #deps: ManagedRunnerDeps;
  #runner: RunnerAddress | undefined;
  #child: number | undefined;
  #starts = 0;
  #startedAt = 0;
  #stopped = false;
  #cancelLook: () => void = () => undefined;

  constructor(deps: ManagedRunnerDeps) {
    this.#deps = deps;
  }

  /** Whether a runner is installed beside this ratd. */
  static get installed(): boolean {
    return existsSync(PROGRAM);
  }

  /** Finds or starts the runner and keeps it running. Returns at once. */
  start(): void {
    mkdirSync(this.#deps.state, { recursive: true, mode: 0o700 });
    mkdirSync(this.#deps.workspace, { recursive: true, mode: 0o711 });
    if (process.getuid?.() === 0) letPass(this.#deps.workspace, dirname(this.#deps.state));
    this.#look();
  }

  /** Lets the runner finish its runs and end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#cancelLook();
    const pid = this.#runner?.pid ?? this.#child;
    if (pid === undefined || !signal(pid, "SIGTERM")) return;
    const { clock } = this.#deps;
    const until = clock.monotonic() + STOP_LIMIT_MS;
    while (alive(pid) && clock.monotonic() < until) {
      await new Promise<void>((resolve) => clock.after(LOOK_MS / 5, resolve));
    }
    signal(pid, "SIGKILL");
  }

  #look(): void {
    if (this.#stopped) return;
    const { clock } = this.#deps;
    this.#cancelLook = clock.after(this.#check(), () => this.#look());
  }

  /** Looks once; answers when to look again, milliseconds. */
  #check(): number {
    const { clock, logger, onAddress, state } = this.#deps;
    if (this.#runner !== undefined && alive(this.#runner.pid)) {
      if (clock.monotonic() - this.#startedAt > STABLE_MS) this.#starts = 0;
      return LOOK_MS;
    }
    const found = readRunnerAddress(state);
    if (found !== undefined && alive(found.pid)) {
      logger.info({ pid: found.pid, port: found.port }, "the runner of the warm pool runs");
      this.#runner = found;
      onAddress(found);
      return LOOK_MS;
    }
    this.#runner = undefined;
    if (this.#child !== undefined && alive(this.#child)) return LOOK_MS / 5;
    const wait = RESTART_MS[Math.min(this.#starts, RESTART_MS.length - 1)] ?? 0;
    if (this.#starts > 0 && clock.monotonic() - this.#startedAt < wait) return LOOK_MS;
    if (this.#starts > 0)
      logger.error({ log: join(state, "runner.log") }, "the runner has ended; starting it again");
    this.#spawn();
    return LOOK_MS / 5;
  }

  #spawn(): void {
    const { clock, logger, state, workspace, env } = this.#deps;
    this.#starts += 1;
    this.#startedAt = clock.monotonic();
    const passedOn = Object.entries(env).filter(
      ([name]) => PASSED_ON.has(name) || name.startsWith("RAT_RUNNER_"),
    );
    // A file, not a pipe: the runner must not fail at its own log when this ratd is killed.
    const log = openSync(join(state, "runner.log"), "a", 0o600);
    const child = spawn(process.execPath, [PROGRAM], {
      env: {
        ...Object.fromEntries(passedOn),
        RAT_RUNNER_WORKSPACE: workspace,
        RAT_RUNNER_STATE: state,
        RAT_PLUGIN_HOST: "127.0.0.1",
        RAT_PLUGIN_PORT: "0",
      },
      detached: true,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    child.once("error", (error) => logger.error({ err: error }, "the runner cannot be started"));
    // Reaped here; whether it runs is asked of the system, since it may be the child of an earlier ratd.
    child.once("exit", () => undefined);
    child.unref();
    this.#child = child.pid;
  }
}

/** As root, runs have users of their own: they must get through ratd's data directory to a workspace in it. */
function letPass(workspace: string, dataDirectory: string): void {
  if (dirname(workspace) !== dataDirectory) return;
  chmodSync(dataDirectory, (statSync(dataDirectory).mode & 0o777) | 0o001);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

/** A child that has ended, but not been waited for, still has its number. */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function signal(pid: number, name: "SIGTERM" | "SIGKILL"): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
