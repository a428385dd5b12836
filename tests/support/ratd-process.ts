import { spawn, type ChildProcess } from "node:child_process";
import { lstatSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { stringify } from "yaml";
import { until } from "./until.ts";

const MAIN = resolve(import.meta.dirname, "../../services/ratd/src/main.ts");

/** How to start ratd as a process. */
export interface RatdProcessOptions {
  readonly yaml?: object;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory; its rat.yaml is written from `yaml`. Default: a new one, removed at the end. */
  readonly directory?: string;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds from the start. */
  readonly afterMs: number;
}

/** Removes what a ratd of root's placed elsewhere, since others cannot enter the folder that it was started in. */
export function removePlacedElsewhere(directory: string): void {
  for (const name of ["postgres", "workspace"]) {
    const link = join(directory, ".rat", name);
    if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() !== true) continue;
    rmSync(dirname(readlinkSync(link)), { recursive: true, force: true });
  }
}

/** The real `ratd` command, in a folder of its own. */
export class RatdProcess implements AsyncDisposable {
  readonly directory: string;
  readonly #child: ChildProcess;
  readonly #temporary: boolean;
  readonly ended: Promise<Ending>;
  stdout = "";
  stderr = "";

  constructor({ yaml = {}, args = [], env = {}, directory }: RatdProcessOptions = {}) {
    this.#temporary = directory === undefined;
    this.directory = directory ?? mkdtempSync(join(tmpdir(), "ratd-"));
    const file = {
      listen: "127.0.0.1:0",
      internal_listen: "127.0.0.1:0",
      runs: { runners: [] },
      ...yaml,
    };
    writeFileSync(join(this.directory, "rat.yaml"), stringify(file));
    const { DATABASE_URL: _database, RAT_CONFIG: _config, ...inherited } = process.env;
    const start = performance.now();
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: this.directory,
      env: { ...inherited, ...env },
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.#child = child;
    const { promise, resolve: settle } = Promise.withResolvers<Ending>();
    child.once("close", (code, signal) => settle({ code, signal, afterMs: performance.now() - start }));
    this.ended = promise;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** The URL of the HTTP API, once ratd has announced it. */
  url(): Promise<string> {
    return until(() => /"url":"([^"]+)"/.exec(this.stderr)?.[1], {
      timeoutMs: 30_000,
      what: "ratd listening",
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks it to end and waits. */
  async stop(): Promise<Ending> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill("SIGTERM");
      // One that a test has paused would never come to it.
      this.#child.kill("SIGCONT");
    }
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (!this.#temporary) return;
    removePlacedElsewhere(this.directory);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
