import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import type { PluginLog, RunReport, RunReports } from "@rat/plugin-sdk";
import { endProcess, identify, presenceOf, systemClock } from "@rat/processes";
import { writeCredentials } from "../command/credentials-file.ts";
import { killRun, processesOf, type RunMark } from "../system/run-processes.ts";
import type { RunFolder, RunFolders } from "../system/run-folders.ts";
import type { Watch } from "../system/watch.ts";
import { markOf, type Exit, type LaunchContext, type Launcher } from "./launch.ts";
import { RunOutput } from "./run-output.ts";
import type { RunOrder } from "./run-order.ts";

/** What a run needs while it is under way. */
export interface ActiveRunDeps {
  readonly launcher: Launcher;
  readonly folders: RunFolders;
  readonly watch: Watch;
  readonly reports: RunReports;
  readonly log: PluginLog;
  readonly now: () => Date;
  readonly logLimit: number;
  readonly killGraceMs: number;
  readonly uid: number | undefined;
  readonly mark: string;
  readonly endFile: string;
  /** The run's first process is there. */
  readonly onLeader: (leader: NonNullable<RunMark["leader"]>) => void;
  /** It was decided how the run ends, before its program has ended. */
  readonly onStop: (end: RunReport) => void;
}

/** The longest delay that a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How long output may take to end after its program, when something holds the pipe that cannot be found. */
const OUTPUT_GRACE_MS = 1000;

/** One run from its start to its end; holds a place meanwhile. */
export class ActiveRun {
  readonly #order: RunOrder;
  readonly #deps: ActiveRunDeps;
  readonly #startedAt: Date;
  readonly #output: RunOutput;
  readonly #stop = new AbortController();
  #stopping: RunReport | undefined;
  #credentials: Readonly<Record<string, string>>;
  #folder: RunFolder | undefined;
  #child: ChildProcess | undefined;
  #mark: RunMark;
  #exited = false;
  #over = false;
  readonly #ended = Promise.withResolvers<void>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(order: RunOrder, credentials: Readonly<Record<string, string>>, deps: ActiveRunDeps) {
    this.#order = order;
    this.#credentials = credentials;
    this.#deps = deps;
    this.#startedAt = deps.now();
    this.#output = new RunOutput(deps.reports, deps.logLimit);
    this.#mark = markOf(deps, undefined);
  }

  /** Carries the run out. Answers how it ended; never throws. */
  async carryOut(): Promise<RunReport> {
    this.#armDeadline();
    let end: RunReport;
    try {
      // Starting a program takes milliseconds: whoever submitted is answered first.
      await setImmediate();
      this.#stop.signal.throwIfAborted();
      end = await this.#launchAndWait();
    } catch (error) {
      const message = error instanceof Error ? error.message : "the run could not be started";
      this.#output.say("error", message);
      end = { status: "failed", error: message };
    }
    for (const timer of this.#timers) clearTimeout(timer);
    this.#over = true;
    this.#ended.resolve();
    this.#output.finish();
    await this.#clean();
    return { ...end, ...this.#stopping, durationMs: this.durationMs };
  }

  /** How long it has taken, in milliseconds. */
  get durationMs(): number {
    return Math.max(0, this.#deps.now().getTime() - this.#startedAt.getTime());
  }

  /**
   * Ends the run: politely, and after the grace by force; `at once` when it does harm. The first word counts, be it that
   * of the program, which has ended by itself. Answers whether the run is being stopped.
   */
  stop(end: RunReport, how: "politely" | "at once" = "politely"): boolean {
    if (this.#stopping === undefined && this.#hasExited()) return false;
    if (how === "at once") this.#killNow();
    if (this.#stopping !== undefined) return true;
    this.#stopping = end;
    this.#deps.onStop(end);
    this.#stop.abort(new Error(end.error ?? "the run was stopped"));
    if (how === "at once") return true;
    const ladder = [
      { signal: "SIGTERM", patienceMs: this.#deps.killGraceMs },
      { signal: "SIGKILL", patienceMs: 0 },
    ] as const;
    void endProcess(
      {
        lives: () => !this.#over,
        exited: this.#ended.promise,
        signal: (name) => (name === "SIGKILL" ? this.#killNow() : this.#signalGroup("SIGTERM")),
      },
      ladder,
      systemClock,
    );
    return true;
  }

  /** Whether the program has ended; a runner that was held up may not have been told yet. */
  #hasExited(): boolean {
    return this.#exited || (this.#mark.leader !== undefined && presenceOf(this.#mark.leader) === "gone");
  }

  /** Brings new credentials to the run's file. */
  renew(credentials: Readonly<Record<string, string>>): void {
    this.#credentials = credentials;
    if (this.#folder !== undefined) writeCredentials(this.#folder, credentials, this.#deps.uid);
  }

  async #launchAndWait(): Promise<RunReport> {
    const { launcher, folders, uid, mark, endFile } = this.#deps;
    this.#folder = folders.make(uid, uid);
    const context: LaunchContext = {
      order: this.#order,
      folder: this.#folder,
      credentials: this.#credentials,
      mark,
      endFile,
      uid,
      signal: this.#stop.signal,
    };
    const { child, outcome, own } = await launcher.launch(context);
    this.#child = child;
    const exited = exitOf(child);
    const closed = once(child, "close").catch(() => undefined);
    if (child.stdout !== null) this.#output.collect(child.stdout, "info");
    if (child.stderr !== null) this.#output.collect(child.stderr, "warn");
    if (child.pid !== undefined) this.#began(child.pid);
    // It may have been stopped while its program was being started.
    if (this.#stop.signal.aborted) this.#signalGroup("SIGTERM");
    const unwatch = this.#deps.watch.add({
      mark: this.#mark,
      limits: launcher.limits(this.#order),
      own,
      onExceeded: (error) => void this.stop({ status: "failed", error }, "at once"),
    });
    try {
      const exit = await exited;
      this.#exited = true;
      // What the program left running goes with it; otherwise it would hold the output open.
      this.#signalGroup("SIGKILL");
      await this.#killLeft();
      await Promise.race([closed, this.#outputGrace()]);
      return outcome(exit);
    } finally {
      unwatch();
    }
  }

  #began(pid: number): void {
    const leader = identify(pid);
    this.#mark = markOf(this.#deps, leader);
    this.#deps.onLeader(leader);
  }

  async #killLeft(): Promise<void> {
    if (processesOf(this.#mark).length === 0 || (await killRun(this.#mark))) return;
    this.#deps.log.error({ runId: this.#order.runId }, "processes of an ended run could not be killed");
  }

  async #outputGrace(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#later(OUTPUT_GRACE_MS, resolve);
    await promise;
    this.#child?.stdout?.destroy();
    this.#child?.stderr?.destroy();
  }

  async #clean(): Promise<void> {
    if (this.#folder === undefined) return;
    try {
      await this.#deps.folders.remove(this.#folder);
    } catch (error) {
      this.#deps.log.error(
        { runId: this.#order.runId, err: error },
        "the folder of a run could not be removed",
      );
    }
  }

  #killNow(): void {
    this.#signalGroup("SIGKILL");
    if (this.#child !== undefined) void killRun(this.#mark);
  }

  #signalGroup(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.#child?.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  #armDeadline(): void {
    const { deadline } = this.#order;
    if (deadline === undefined) return;
    const left = deadline.getTime() - this.#deps.now().getTime();
    if (left <= 0) this.stop({ status: "failed", error: "the deadline passed" });
    else this.#later(Math.min(left, MAX_TIMER_MS), () => this.#armDeadline());
  }

  #later(ms: number, what: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      what();
    }, ms);
    this.#timers.add(timer);
  }
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  const { promise, resolve, reject } = Promise.withResolvers<Exit>();
  child.once("exit", (code, signal) => resolve({ code, signal }));
  child.once("error", (error) => reject(new Error(`cannot start: ${error.message}`, { cause: error })));
  // A spare may have ended between being taken and now.
  if (child.exitCode !== null || child.signalCode !== null) {
    resolve({ code: child.exitCode, signal: child.signalCode });
  }
  return promise;
}
