import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline";
import { identify, type ProcessIdentity } from "@rat/processes";

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What it takes to start one. */
export interface ProcessStart {
  readonly program: string;
  readonly arguments: readonly string[];
  /** All that it sees of an environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory?: string;
  /** As whom it runs; as ratd itself when undefined. */
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
  /** Where its output goes: line by line to ratd, or into a file, which it can write when ratd is gone. */
  readonly output: { readonly onLine?: ((line: string) => void) | undefined } | { readonly file: string };
  /** Whether ratd may end before it. */
  readonly outlives?: boolean;
}

/** A child of ratd. */
export interface StartedProcess {
  /** Undefined when it could not be started. */
  readonly identity: ProcessIdentity | undefined;
  /** Resolves when the program runs. Rejects with the system's error when it cannot. */
  readonly running: Promise<void>;
  /** Resolves when it has ended and its output was read. */
  readonly exited: Promise<ProcessExit>;
  /** The newest lines it wrote, oldest first, at most 20; none when they go to a file. */
  lastLines(): readonly string[];
  /** Signals the process alone; nothing once it has ended. */
  signal(name: NodeJS.Signals): void;
  /** Kills the process and what it started. */
  killGroup(): void;
}

const KEPT_LINES = 20;

/** Starts a process in a group of its own, so that a Ctrl-C at ratd's terminal does not reach it. */
export function startProcess(start: ProcessStart): StartedProcess {
  const child = spawnChild(start);
  const lines = "file" in start.output ? [] : readLines(child, start.output.onLine);
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const running = new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  // Who waits for it hears of the failure; nobody has to.
  running.catch(() => undefined);
  const { pid } = child;
  if (start.outlives === true) child.unref();
  return {
    identity: pid === undefined ? undefined : identify(pid),
    running,
    exited,
    lastLines: () => [...lines],
    signal(name) {
      if (child.exitCode === null && child.signalCode === null) child.kill(name);
    },
    killGroup() {
      if (pid === undefined) return;
      try {
        process.kill(-pid, "SIGKILL");
      } catch {
        // Nobody is left in the group.
      }
    },
  };
}

function spawnChild(start: ProcessStart): ChildProcess {
  const file = "file" in start.output ? openSync(start.output.file, "a", 0o600) : undefined;
  const stdio: StdioOptions = ["ignore", file ?? "pipe", file ?? "pipe"];
  try {
    return spawn(start.program, start.arguments, {
      env: start.environment,
      stdio,
      detached: true,
      ...(start.directory === undefined ? {} : { cwd: start.directory }),
      ...(start.account === undefined ? {} : { uid: start.account.uid, gid: start.account.gid }),
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function readLines(child: ChildProcess, onLine: ((line: string) => void) | undefined): readonly string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      if (line.trim() === "") return;
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      onLine?.(line);
    });
  }
  return lines;
}
