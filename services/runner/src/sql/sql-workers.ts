import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { SqlJobFile } from "@rat/executor-kit/sql-job";

const PROGRAM = fileURLToPath(new URL("sql-job.ts", import.meta.url));

/** What a worker is told: the job, where its outcome goes, and who to become. */
export interface SqlOrder {
  readonly job: SqlJobFile;
  /** A file of the runner's own: it is opened before the worker becomes another user. */
  readonly endFile: string;
  readonly cwd: string;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** Processes with the engine loaded, each for one query: a few wait, so that a query starts at once. */
export class SqlWorkers implements Disposable {
  readonly #spares: number;
  readonly #env: Readonly<Record<string, string>>;
  readonly #ready: ChildProcess[] = [];
  #closed = false;

  /** Keeps so many waiting; `env` is their whole environment. */
  constructor(spares: number, env: Readonly<Record<string, string>>) {
    this.#spares = spares;
    this.#env = env;
    this.#fill();
  }

  /** A process that was told to run a query. */
  take(order: SqlOrder): ChildProcess {
    let worker = this.#ready.shift();
    while (worker !== undefined && worker.exitCode !== null) worker = this.#ready.shift();
    const taken = worker ?? this.#start();
    taken.removeAllListeners("exit");
    taken.ref();
    taken.stdin?.write(`${JSON.stringify(order)}\n`);
    // In a later turn: the query first.
    setImmediate(() => this.#fill());
    return taken;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const worker of this.#ready.splice(0)) worker.kill("SIGKILL");
  }

  #fill(): void {
    while (!this.#closed && this.#ready.length < this.#spares) {
      const worker = this.#start();
      worker.unref();
      this.#ready.push(worker);
      // One that ends before it is needed is left out; not replaced at once, lest a broken engine starts for ever.
      worker.once("exit", () => {
        const at = this.#ready.indexOf(worker);
        if (at >= 0) this.#ready.splice(at, 1);
      });
    }
  }

  #start(): ChildProcess {
    const worker = spawn(process.execPath, [PROGRAM, "--wait"], {
      env: this.#env,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    // A worker that cannot start tells by its end; writing to one that has ended must not end the runner.
    worker.on("error", () => undefined);
    worker.stdin?.on("error", () => undefined);
    return worker;
  }
}
