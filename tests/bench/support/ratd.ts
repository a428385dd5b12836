import { closeSync, openSync } from "node:fs";
import { execFileSync, type ChildProcess } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { stringify } from "yaml";
import { endProcess, startProcess } from "./helper.ts";
import { unusedPort } from "./ports.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
/** As `npx ratd` and `npm start` run it. */
const FROM_SOURCES = [join(ROOT, "services/ratd/src/main.ts")];
/** As the container image runs it. */
const BUNDLED = ["--max-semi-space-size=2", "--v8-pool-size=2", join(ROOT, "dist/ratd/main.js")];
const START_LIMIT_MS = 60_000;

/** How to start ratd. */
export interface RatdOptions {
  readonly yaml?: object;
  /** Default: the bundle. */
  readonly fromSources?: boolean;
  /** Without it ratd starts its embedded PostgreSQL. */
  readonly databaseUrl?: string;
  /** Working directory; default: a new one, removed at the end. */
  readonly directory?: string;
}

/** The real ratd as a process, its log in a file as a service manager would have it. */
export class Ratd implements AsyncDisposable {
  readonly port: number;
  /** Milliseconds from the start of the process to the first 200 of /health. */
  readonly startedInMs: number;
  readonly #child: ChildProcess;
  readonly #parts: AsyncDisposableStack;

  private constructor(port: number, startedInMs: number, child: ChildProcess, parts: AsyncDisposableStack) {
    this.port = port;
    this.startedInMs = startedInMs;
    this.#child = child;
    this.#parts = parts;
  }

  /** Starts it; resolves when /health answers 200. */
  static async start({
    yaml = {},
    databaseUrl,
    directory: given,
    fromSources = false,
  }: RatdOptions): Promise<Ratd> {
    await using parts = new AsyncDisposableStack();
    const directory = given ?? (await newDirectory());
    if (given === undefined) parts.defer(() => rm(directory, { recursive: true, force: true }));
    const port = await unusedPort();
    const file = { listen: `127.0.0.1:${port}`, internal_listen: "127.0.0.1:0", ...yaml };
    await writeFile(join(directory, "rat.yaml"), stringify(file));
    const log = openSync(join(directory, "ratd.log"), "w");
    const start = performance.now();
    const child = startProcess({
      place: "under-test",
      command: [process.execPath, ...(fromSources ? FROM_SOURCES : bundle())],
      directory,
      log,
      ...(databaseUrl === undefined ? {} : { env: { DATABASE_URL: databaseUrl } }),
    });
    closeSync(log);
    parts.defer(() => endProcess(child));
    await answered(port, "/health", child);
    return new Ratd(port, performance.now() - start, child, parts.move());
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

let built = false;

/** The bundle's arguments for Node.js; made anew once in each run. */
function bundle(): readonly string[] {
  if (!built) execFileSync(process.execPath, [join(ROOT, "infra/scripts/build-ratd.ts")]);
  built = true;
  return BUNDLED;
}

/** A directory that the account of the embedded PostgreSQL can enter too. */
export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "ratd-bench-"));
  await chmod(directory, 0o755);
  return directory;
}

/** Resolves when the server answers a GET with 200; asks every millisecond. */
export async function answered(port: number, path: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  while ((await statusOf(port, path)) !== 200) {
    if (child.exitCode !== null) throw new Error(`the process ended with code ${child.exitCode}`);
    if (performance.now() > deadline) throw new Error(`no answer on port ${port} in ${START_LIMIT_MS} ms`);
    await setTimeout(1);
  }
}

function statusOf(port: number, path: string): Promise<number | undefined> {
  const { promise, resolve: settle } = Promise.withResolvers<number | undefined>();
  const call = request({ host: "127.0.0.1", port, path, agent: false }, (response) => {
    response.resume();
    settle(response.statusCode);
  });
  call.once("error", () => settle(undefined));
  call.end();
  return promise;
}
