import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** Lines of output kept for the case that the unit fails. */
const KEPT_LINES = 20;

/** How to start a unit. */
export interface UnitOptions {
  readonly name: string;
  /** Arguments for Node.js: the file and what follows it. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly onLine?: (line: string) => void;
}

/** One process of the quickstart. */
export class Unit {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  /** Resolves when the process has ended, to what it ended with: `exit code 1` or `signal SIGKILL`. */
  readonly ended: Promise<string>;

  constructor({ name, args, env, cwd, onLine }: UnitOptions) {
    this.name = name;
    // A group of its own: Ctrl-C in the terminal reaches the quickstart only, which stops its units in order.
    const child = spawn(process.execPath, args, {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.#lines.push(line);
        if (this.#lines.length > KEPT_LINES) this.#lines.shift();
        onLine?.(line);
      });
    }
    const { promise, resolve } = Promise.withResolvers<string>();
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) =>
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
    );
    this.ended = promise;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** The last lines of output. */
  get lastLines(): readonly string[] {
    return this.#lines;
  }

  /** Asks the process to end, and ends it after `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    if (!this.running) return;
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), limitMs);
    await this.ended;
    clearTimeout(timer);
  }
}
