import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { endProcess, identify, presenceOf, signalProcess, type ProcessIdentity } from "@rat/processes";
import type { HostPort } from "../platform/host-port.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import { SHARED_HOME } from "../platform/data-directory/shared-place.ts";
import { startProcess } from "../platform/processes/start-process.ts";
import { placeWorkspace } from "./place-workspace.ts";
import { readRunnerAddress } from "./runner-address.ts";

/** What a managed runner needs. */
export interface ManagedRunnerDeps {
  /** Folder with the files of the namespaces. */
  readonly workspace: string;
  /** Folder of the runner's own. */
  readonly state: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where files go that the users of runs cannot reach in the data directory. Default {@link SHARED_HOME}. */
  readonly sharedHome?: string;
  /** Where the runner listens now. */
  readonly onAddress: (address: HostPort) => void;
}

const PROGRAM = fileURLToPath(new URL("../../../runner/src/main.ts", import.meta.url));
/** Variables of ratd that its runner sees, besides those that begin with RAT_RUNNER_. */
const PASSED_ON: ReadonlySet<string> = new Set(["PATH", "HOME", "LANG", "TZ", "TMPDIR"]);
/** Time between two looks at whether it runs, milliseconds. */
const LOOK_MS = 250;
/** Time before it is started again, milliseconds: longer each time, until it has run for a minute. */
const RESTART_MS = [0, 1000, 5000, 15_000, 30_000] as const;
const STABLE_MS = 60_000;
/** How long it may take to finish its runs when ratd stops. */
const STOP_LIMIT_MS = 35_000;
/** How long the system may take to end it by force. */
const KILL_LIMIT_MS = 1000;
const STOP_LADDER = [
  { signal: "SIGTERM", patienceMs: STOP_LIMIT_MS },
  { signal: "SIGKILL", patienceMs: KILL_LIMIT_MS },
] as const;

/**
 * The runner that ratd starts on its own machine. It outlives a ratd that is killed, so that no run is lost with it: the
 * next ratd finds it by the file that it leaves in its state folder, and goes on with it. It ends when ratd is stopped.
 */
export class ManagedRunner implements AsyncDisposable {
  readonly #deps: ManagedRunnerDeps;
  #runner: ProcessIdentity | undefined;
  #child: ProcessIdentity | undefined;
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
    const { state, workspace, logger, sharedHome = SHARED_HOME } = this.#deps;
    mkdirSync(state, { recursive: true, mode: 0o700 });
    placeWorkspace({ workspace, dataDirectory: dirname(state), sharedHome, logger });
    this.#look();
  }

  /** Lets the runner finish its runs and end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#cancelLook();
    const runner = this.#runner ?? this.#child;
    if (runner === undefined) return;
    const target = {
      lives: () => runs(runner),
      signal: (name: NodeJS.Signals) => signalProcess(runner, name),
    };
    await endProcess(target, STOP_LADDER, this.#deps.clock, LOOK_MS / 5);
  }

  #look(): void {
    if (this.#stopped) return;
    const { clock } = this.#deps;
    this.#cancelLook = clock.after(this.#check(), () => this.#look());
  }

  /** Looks once; answers when to look again, milliseconds. */
  #check(): number {
    const { clock, logger, onAddress, state } = this.#deps;
    if (this.#runner !== undefined && runs(this.#runner)) {
      if (clock.monotonic() - this.#startedAt > STABLE_MS) this.#starts = 0;
      return LOOK_MS;
    }
    const found = readRunnerAddress(state);
    const identity = found === undefined ? undefined : identify(found.pid);
    if (found !== undefined && identity !== undefined && runs(identity)) {
      logger.info({ pid: found.pid, port: found.port }, "the runner of the warm pool runs");
      this.#runner = identity;
      onAddress(found);
      return LOOK_MS;
    }
    this.#runner = undefined;
    if (this.#child !== undefined && runs(this.#child)) return LOOK_MS / 5;
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
    const runner = startProcess({
      program: process.execPath,
      arguments: [PROGRAM],
      environment: {
        ...Object.fromEntries(passedOn),
        RAT_RUNNER_WORKSPACE: workspace,
        RAT_RUNNER_STATE: state,
        RAT_PLUGIN_HOST: "127.0.0.1",
        RAT_PLUGIN_PORT: "0",
      },
      // A file, not a pipe: the runner must not fail at its own log when this ratd is killed.
      output: { file: join(state, "runner.log") },
      outlives: true,
    });
    runner.running.catch((error: unknown) => logger.error({ err: error }, "the runner cannot be started"));
    // Whether it runs is asked of the system, not of the child: it may be the child of an earlier ratd.
    this.#child = runner.identity;
  }
}

/** Whether it runs and is ours to end; a process of another user that merely has its number is not. */
function runs(runner: ProcessIdentity): boolean {
  return presenceOf(runner) === "ours";
}
