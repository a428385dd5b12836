import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PluginError, type LogLine, type RunReport, type RunState } from "@rat/plugin-sdk";
import { LogBuffer } from "./log-buffer.ts";

/** What to run, and within which limits. */
export interface CommandRunOptions {
  readonly argv: readonly [string, ...string[]];
  /** The whole environment of the command. */
  readonly env: Readonly<Record<string, string>>;
  readonly deadline: Date | undefined;
  /** Characters of output kept. */
  readonly logLimit: number;
  /** How long a command may take to heed SIGTERM before SIGKILL. */
  readonly killGraceMs: number;
  readonly now: () => Date;
}

/** The longest delay that a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The longest output without a line break that waits for one, in characters. */
const MAX_UNBROKEN = 65_536;

/** One command, from its start to its end: never through a shell, in a temporary folder of its own. */
export class CommandRun {
  readonly #options: CommandRunOptions;
  readonly #log: LogBuffer;
  readonly #startedAt: Date;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #ended = Promise.withResolvers<void>();
  #status: RunState = "running";
  #endedAt: Date | undefined;
  #error = "";
  /** Why the command is being stopped, once it is. */
  #stopping: { readonly status: RunState; readonly error: string } | undefined;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(options: CommandRunOptions) {
    this.#options = options;
    this.#log = new LogBuffer(options.logLimit, options.now);
    this.#startedAt = options.now();
    this.#folder = mkdtempSync(join(tmpdir(), "rat-run-"));
    this.#child = startProcess(options, this.#folder);
    this.#collect("stdout", "info");
    this.#collect("stderr", "warn");
    this.#child.once("error", (error) => this.#end("failed", `cannot start: ${error.message}`));
    // What the command left running goes with it; otherwise it would hold the output open.
    this.#child.once("exit", () => this.#signalGroup("SIGKILL"));
    this.#child.once("close", (code, signal) => this.#closed(code, signal));
    this.#armDeadline();
  }

  /** True while the command holds a place. */
  get active(): boolean {
    return this.#endedAt === undefined;
  }

  /** Settles when the command has ended and its folder is gone. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Where the run stands. */
  report(): RunReport {
    const until = this.#endedAt ?? this.#options.now();
    const durationMs = Math.max(0, until.getTime() - this.#startedAt.getTime());
    return { status: this.#status, durationMs, error: this.#error };
  }

  /** The output from line `offset`; with `follow` until the run has ended. */
  output(follow: boolean, offset: number, signal: AbortSignal): AsyncIterable<LogLine> {
    return this.#log.read(follow, offset, signal);
  }

  /** Stops the command. Answers false when it had already ended. */
  cancel(): boolean {
    if (!this.active) return false;
    this.#stop("cancelled", "");
    return true;
  }

  #stop(status: RunState, error: string): void {
    if (this.#stopping !== undefined) return;
    this.#stopping = { status, error };
    this.#signalGroup("SIGTERM");
    this.#killTimer = setTimeout(() => this.#signalGroup("SIGKILL"), this.#options.killGraceMs);
  }

  #armDeadline(): void {
    const { deadline, now } = this.#options;
    if (deadline === undefined || !this.active) return;
    const left = deadline.getTime() - now().getTime();
    if (left <= 0) return this.#stop("failed", "the deadline passed");
    this.#deadlineTimer = setTimeout(() => this.#armDeadline(), Math.min(left, MAX_TIMER_MS));
  }

  #collect(stream: "stdout" | "stderr", level: LogLine["level"]): void {
    const input = this.#child[stream];
    if (input === null) return;
    let rest = "";
    input.setEncoding("utf8");
    input.on("error", () => undefined);
    input.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#log.add(level, line.replace(/\r$/, ""));
      // Output without line breaks must not pile up outside the bounded buffer.
      if (rest.length > MAX_UNBROKEN) {
        this.#log.add(level, rest);
        rest = "";
      }
    });
    input.once("end", () => {
      if (rest !== "") this.#log.add(level, rest);
    });
  }

  #signalGroup(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  #closed(code: number | null, signal: string | null): void {
    if (this.#stopping !== undefined) return this.#end(this.#stopping.status, this.#stopping.error);
    if (code === 0) return this.#end("success", "");
    this.#end("failed", signal === null ? `exit code ${code}` : `ended by ${signal}`);
  }

  #end(status: RunState, error: string): void {
    if (!this.active) return;
    clearTimeout(this.#deadlineTimer);
    clearTimeout(this.#killTimer);
    this.#status = status;
    this.#error = error;
    this.#endedAt = this.#options.now();
    this.#log.end();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 2 });
    this.#ended.resolve();
  }
}

/** @throws PluginError `invalid_argument` when the system refuses the arguments as such. */
function startProcess({ argv, env }: CommandRunOptions, folder: string): ChildProcess {
  const [program, ...args] = argv;
  try {
    return spawn(program, args, {
      cwd: folder,
      env: { ...env, HOME: folder, TMPDIR: folder },
      stdio: ["ignore", "pipe", "pipe"],
      shell: false,
      // A process group of its own, so that stopping reaches what the command started.
      detached: true,
    });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new PluginError("invalid_argument", "spec or env: the system refuses them", { cause: error });
  }
}
