import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { availableParallelism } from "node:os";

/** Where a process runs: what is under test has a core of its own, apart from what it talks to. */
export type Place = "under-test" | "beside";

/** How to start a process. */
export interface ProcessOptions {
  readonly place: Place;
  readonly command: readonly [program: string, ...arguments: string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** File descriptor for its log; default: dropped. */
  readonly log?: number;
}

const PINNING = process.platform === "linux" && availableParallelism() > 1 && has("taskset");

const CORES: Readonly<Record<Place, string>> = { "under-test": "0", beside: "1" };

/** Moves a process and what it will start to the core of a place, where the machine has the means. */
export function movePlace(pid: number, place: Place): void {
  if (PINNING) execFileSync("taskset", ["-a", "-p", "-c", CORES[place], String(pid)], { stdio: "ignore" });
}

/** Starts a process on the core of its place, where the machine has the means. */
export function startProcess({ place, command, env, directory, log }: ProcessOptions): ChildProcess {
  const { DATABASE_URL: _database, RAT_CONFIG: _config, ...inherited } = process.env;
  const pin = PINNING ? ["taskset", "-c", CORES[place]] : [];
  const [program = "", ...parameters] = [...pin, ...command];
  return spawn(program, parameters, {
    env: { ...inherited, NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", log ?? "ignore"],
    ...(directory === undefined ? {} : { cwd: directory }),
  });
}

/** Ends a process that `startProcess` started, and waits for its end. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

/** A helper process in TypeScript: it tells one JSON line when it is ready, and runs until disposed. */
export class Helper implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** What it told when it was ready. */
  readonly answer: unknown;

  private constructor(child: ChildProcess, answer: unknown) {
    this.#child = child;
    this.answer = answer;
  }

  /** `file` is a path; `specification` reaches the process as JSON in its first argument. */
  static async start(
    file: string,
    specification: unknown,
    options: { readonly place?: Place; readonly flags?: readonly string[] } = {},
  ): Promise<Helper> {
    const { place = "beside", flags = [] } = options;
    const child = startProcess({
      place,
      command: [process.execPath, ...flags, file, JSON.stringify(specification)],
      log: 2,
    });
    const line = await firstLine(child, file);
    return new Helper(child, JSON.parse(line));
  }

  /** The one port of a helper that answers with a number. */
  get port(): number {
    if (typeof this.answer !== "number") throw new TypeError("the helper named no port");
    return this.answer;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return endProcess(this.#child, "SIGKILL");
  }
}

async function firstLine(child: ChildProcess, file: string): Promise<string> {
  if (child.stdout === null) throw new Error(`${file} has no output`);
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error(`${file} ended before it was ready`);
}

/** Whether a program is installed. */
export function has(program: string): boolean {
  return spawnSync(program, ["-v"], { stdio: "ignore" }).error === undefined;
}
