import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { RatError } from "../../errors.ts";
import type { Account } from "./account.ts";

/** How a program ended. */
export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running PostgreSQL program. */
export interface Program {
  readonly pid: number;
  readonly exited: Promise<ProgramExit>;
  /** The newest lines it wrote, oldest first, at most 20. */
  lastLines(): readonly string[];
  /** Signals the program alone; nothing once it has ended. */
  signal(name: NodeJS.Signals): void;
  /** Kills the program and what it started. */
  killGroup(): void;
}

const KEPT_LINES = 20;

/**
 * Starts a program in a process group of its own, so that a Ctrl-C at ratd's terminal does not reach it, with an
 * empty environment.
 */
export async function startProgram(options: {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly account: Account | undefined;
  readonly directory: string;
  readonly onLine?: (line: string) => void;
}): Promise<Program> {
  const child = spawn(options.program, options.arguments, {
    cwd: options.directory,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    ...(options.account === undefined ? {} : { uid: options.account.uid, gid: options.account.gid }),
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      if (line.trim() === "") return;
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      options.onLine?.(line);
    });
  }
  const exited = new Promise<ProgramExit>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const pid = await spawned(child, options.program);
  return {
    pid,
    exited,
    lastLines: () => [...lines],
    signal(name) {
      if (child.exitCode === null && child.signalCode === null) child.kill(name);
    },
    killGroup() {
      try {
        process.kill(-pid, "SIGKILL");
      } catch {
        // Nobody is left in the group.
      }
    },
  };
}

async function spawned(child: ChildProcess, program: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) =>
      reject(new RatError("database_start_failed", whyNot(error, program), { cause: error })),
    );
  });
  if (child.pid === undefined) throw new RatError("database_start_failed", `${program} did not start.`);
  return child.pid;
}

function whyNot(error: Error, program: string): string {
  if ("code" in error && error.code === "ENOENT" && existsSync(program)) {
    return `${program} cannot run here: it needs glibc (Alpine has musl). Use a Debian image or DATABASE_URL.`;
  }
  return `${program} cannot be run: ${error.message}. Correct that, or name a PostgreSQL of yours with DATABASE_URL.`;
}

/** An error with what the program wrote last; a full disk gets its own code. */
export function programFailure(what: string, program: Program): RatError {
  const lines = program.lastLines();
  const said = lines.length === 0 ? "It wrote nothing." : `It wrote:\n${lines.join("\n")}`;
  const nameless = lines.some((line) => line.includes("could not look up effective user ID"));
  const hint = nameless
    ? "\nGive that user a name in /etc/passwd, or name a PostgreSQL of yours with DATABASE_URL."
    : "";
  const full = lines.some((line) => /no space left on device|disk quota exceeded/i.test(line));
  return new RatError(full ? "disk_full" : "database_start_failed", `${what} ${said}${hint}`);
}
