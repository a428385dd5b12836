import { mkdtemp, readdir, rm, writeFile, chmod, cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../services/ratd/src/platform/clock.ts";
import type { Database } from "../../services/ratd/src/platform/database/database.ts";
import { migrate } from "../../services/ratd/src/platform/database/migrate.ts";
import { openDatabase } from "../../services/ratd/src/platform/database/open-database.ts";
import { startEmbeddedPostgres } from "../../services/ratd/src/platform/embedded-postgres/embedded-postgres.ts";
import { silentLogger } from "../../services/ratd/src/platform/logger.ts";
import type { PluginRegistration } from "../../services/ratd/src/plugins/plugin.ts";
import { openPlugins } from "../support/plugins-lab.ts";
import { createFaultProxy, type FaultMode, type FaultProxy } from "../support/fault-proxy.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";

const deps = { logger: silentLogger, clock: systemClock };
const AUTH: PluginRegistration = { name: "auth", slot: "auth", image: "rat/auth:1", address: "auth:50051" };
const MIGRATIONS = fileURLToPath(new URL("../../services/ratd/src/schema/migrations/", import.meta.url));
const ROUNDS = Math.min(Number(process.env["RAT_FAULT_ROUNDS"] ?? 3), 20);

let stack: AsyncDisposableStack;

beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "rat-faults-"));
  await chmod(path, 0o755);
  stack.defer(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A database behind a proxy, answering. */
async function behindProxy(): Promise<{ proxy: FaultProxy; database: Database }> {
  const own = stack.use(await createTestDatabase());
  const proxy = stack.use(await createFaultProxy({ target: { path: own.socketPath } }));
  const connection = { host: "127.0.0.1", port: proxy.port, user: "rat", database: own.name };
  const database = stack.use(openDatabase({ connection, ...deps }));
  await healthy(database);
  return { proxy, database };
}

async function healthy(database: Database, timeoutMs = 5_000): Promise<void> {
  await until(() => database.status().state === "healthy", { what: "a healthy database", timeoutMs });
}

test("kill -9 and immediate stop of the server under load lose nothing that was acknowledged", async () => {
  const postgres = stack.use(
    await startEmbeddedPostgres({ dataDirectory: await temporaryDirectory(), logger: silentLogger }),
  );
  const database = stack.use(openDatabase({ connection: postgres.connection, ...deps }));
  const { history } = openPlugins(stack, database, [AUTH]);
  await database.query("CREATE TABLE acknowledged (id int PRIMARY KEY)");

  const acknowledged: number[] = [];
  const failures = new Set<string>();
  const load = { on: true };
  let next = 0;
  const writer = async () => {
    while (load.on) {
      const id = (next += 1);
      await database.query("INSERT INTO acknowledged VALUES ($1)", [id]).then(
        () => acknowledged.push(id),
        (error: unknown) =>
          failures.add(error instanceof Error && "code" in error ? String(error.code) : String(error)),
      );
      await setImmediate();
    }
  };
  const writers = Array.from({ length: 8 }, writer);
  let slowest = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = acknowledged.length;
    await until(() => acknowledged.length > before + 50, { what: "load" });
    // A restarted server takes connections a moment before its supervisor has noted it.
    const pid = await until(() => postgres.pid, { what: "the server's pid" });
    const started = performance.now();
    process.kill(pid, round % 2 === 0 ? "SIGKILL" : "SIGQUIT");
    await until(() => database.status().state === "down", { what: "a noticed outage" });
    history.record({
      plugin: "auth",
      status: round % 2 === 0 ? "down" : "healthy",
      message: `${round}`,
      checkedAt: new Date(),
    });
    const outage = acknowledged.length;
    await until(() => acknowledged.length > outage + 10, {
      what: "load after the outage",
      timeoutMs: 10_000,
    });
    slowest = Math.max(slowest, performance.now() - started);
  }
  load.on = false;
  await Promise.all(writers);
  await history.flushed();

  expect(slowest).toBeLessThan(5_000);
  expect([...failures]).toEqual(["database_unavailable"]);
  const rows = new Set(
    (await database.query<{ id: number }>("SELECT id FROM acknowledged")).map((row) => row.id),
  );
  expect(acknowledged.filter((id) => !rows.has(id))).toEqual([]);
  expect(await database.query("SELECT message FROM plugins")).toEqual([{ message: `${ROUNDS - 1}` }]);
  // Changes within one second are stored as their net change: the chain has no gap, and ends at the truth.
  const changes = (await history.history("auth", 1_000)).toReversed();
  expect(changes.slice(1).map((event) => event.from)).toEqual(changes.slice(0, -1).map((event) => event.to));
  expect(changes.at(-1)?.to).toBe(history.latest("auth")?.status);
});

describe("a broken network", () => {
  test("a black hole fails queries within six seconds, is told, and heals", async () => {
    const { proxy, database } = await behindProxy();
    await proxy.mode("blackhole");
    const started = performance.now();
    await Promise.all(
      Array.from({ length: 12 }, () =>
        expect(database.query("SELECT 1")).rejects.toMatchObject({
          code: "database_unavailable",
          retryAfterSeconds: 1,
        }),
      ),
    );
    expect(performance.now() - started).toBeLessThan(6_200);
    expect(database.status().state).toBe("down");
    await proxy.mode("pass");
    await healthy(database);
    expect(await database.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("a black hole is noticed without any query", async () => {
    const { proxy, database } = await behindProxy();
    await proxy.mode("blackhole");
    await until(() => database.status().state === "down", { what: "a noticed outage", timeoutMs: 6_500 });
    expect(database.status().message).toContain("did not answer");
  });

  test("a black hole does not hold up the end", async () => {
    const { proxy, database } = await behindProxy();
    await proxy.mode("blackhole");
    const query = database.query("SELECT 1");
    query.catch(() => undefined);
    const started = performance.now();
    await database[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(2_000);
    await expect(query).rejects.toMatchObject({ code: "database_unavailable" });
  });

  test.each<FaultMode>(["refuse", "reset", "garbage"])("%s is an outage, and heals", async (mode) => {
    const { proxy, database } = await behindProxy();
    await proxy.mode(mode);
    await expect(database.query("SELECT 1")).rejects.toMatchObject({ code: "database_unavailable" });
    expect(database.status().state).toBe("down");
    await proxy.mode("pass");
    await healthy(database);
  });

  test("answers that drip or come late are fine while they come in time", async () => {
    const { proxy, database } = await behindProxy();
    for (const mode of [{ drip: 500 }, { delay: 100 }]) {
      await proxy.mode(mode);
      expect(await database.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    }
  });

  test("connections that are cut while idle harm nobody", async () => {
    const { proxy, database } = await behindProxy();
    await Promise.all(Array.from({ length: 5 }, () => database.query("SELECT pg_sleep(0.05)")));
    expect(proxy.connections).toBeGreaterThan(1);
    proxy.cut();
    await until(() => proxy.connections <= 1, { what: "connections gone" });
    await healthy(database);
    expect(await database.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });
});

describe("a slow or busy database", () => {
  test("ends a statement after five seconds, and stays healthy", async () => {
    const { database } = await behindProxy();
    await expect(database.query("SELECT pg_sleep(30)")).rejects.toMatchObject({
      code: "database_unavailable",
      message: expect.stringContaining("too long"),
    });
    expect(database.status().state).toBe("healthy");
  });

  test("refuses a query when all connections are busy, and stays healthy", async () => {
    const { database } = await behindProxy();
    const slow = Array.from({ length: 10 }, () => database.query("SELECT pg_sleep(4)"));
    await expect(database.query("SELECT 1")).rejects.toMatchObject({
      message: expect.stringContaining("busy"),
    });
    expect(database.status().state).toBe("healthy");
    await Promise.all(slow);
  });

  test("a statement that is wrong is the caller's fault, and undoes its transaction", async () => {
    const { database } = await behindProxy();
    await database.query("CREATE TABLE kept (id int PRIMARY KEY)");
    const work = database.transaction(async (transaction) => {
      await transaction.query("INSERT INTO kept VALUES (1)");
      await transaction.query("INSERT INTO kept VALUES (1)");
    });
    await expect(work).rejects.toMatchObject({ code: "23505" });
    expect(database.status().state).toBe("healthy");
    expect(await database.query("SELECT * FROM kept")).toEqual([]);
  });
});

test("plugins and their health that start before the database catch up when it comes", async () => {
  const own = stack.use(await createTestDatabase());
  const proxy = stack.use(await createFaultProxy({ target: { path: own.socketPath } }));
  await proxy.mode("refuse");
  const connection = { host: "127.0.0.1", port: proxy.port, user: "rat", database: own.name };
  const database = stack.use(openDatabase({ connection, ...deps }));
  const { history } = openPlugins(stack, database, [AUTH]);
  history.record({ plugin: "auth", status: "healthy", message: "early", checkedAt: new Date() });
  await until(() => database.status().message.includes("ECONNREFUSED"), { what: "a refused connection" });
  expect(history.latest("auth")?.status).toBe("healthy");
  expect((await history.history("auth")).map((event) => event.to)).toEqual(["healthy"]);
  await proxy.mode("pass");
  await history.flushed();
  expect(await database.query("SELECT name, status, message FROM plugins")).toEqual([
    { name: "auth", status: "healthy", message: "early" },
  ]);
});

describe("migrations", () => {
  test("of twenty simultaneous starters exactly one migrates", async () => {
    const own = stack.use(await createTestDatabase());
    const results = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const database = stack.use(
          openDatabase({ connection: own.connectionString, maxConnections: 1, ...deps }),
        );
        return migrate(database, MIGRATIONS);
      }),
    );
    const files = (await readdir(MIGRATIONS)).toSorted();
    expect(results.filter((result) => result.applied.length > 0).map((result) => result.applied)).toEqual([
      files,
    ]);
  });

  test("a changed file, one added below, and one that fails are refused by name; a newer schema is not", async () => {
    const own = stack.use(await createTestDatabase());
    const database = stack.use(openDatabase({ connection: own.connectionString, ...deps }));
    const directory = await temporaryDirectory();
    await cp(MIGRATIONS, directory, { recursive: true });
    await writeFile(join(directory, "9000_newer.sql"), "CREATE TABLE newer (id int)");
    await migrate(database, directory);
    expect(await migrate(database, MIGRATIONS)).toEqual({ applied: [], newer: ["9000_newer.sql"] });

    await writeFile(join(directory, "9001_fails.sql"), "CREATE TABLE half (id int); SELECT nonsense");
    await expect(migrate(database, directory)).rejects.toThrow(
      /9001_fails\.sql failed and was undone.*nonsense/,
    );
    expect(await database.query("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
    await rm(join(directory, "9001_fails.sql"));
    await writeFile(join(directory, "8000_below.sql"), "SELECT 1");
    await expect(migrate(database, directory)).rejects.toThrow(
      /8000_below\.sql was added below 9000_newer\.sql/,
    );
    await rm(join(directory, "8000_below.sql"));
    await writeFile(join(directory, "9000_newer.sql"), "CREATE TABLE other (id int)");
    await expect(migrate(database, directory)).rejects.toThrow(/9000_newer\.sql was changed/);
  });
});
