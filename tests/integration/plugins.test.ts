import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HealthStatus } from "../../services/ratd/src/health/health.ts";
import type { HealthHistory } from "../../services/ratd/src/health/history/health-history.ts";
import { systemClock } from "../../services/ratd/src/platform/clock.ts";
import { openDatabase } from "../../services/ratd/src/platform/database/open-database.ts";
import type { Database } from "../../services/ratd/src/platform/database/database.ts";
import { silentLogger } from "../../services/ratd/src/platform/logger.ts";
import type { PluginRegistration } from "../../services/ratd/src/plugins/plugin.ts";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { openPlugins, type PluginsLab } from "../support/plugins-lab.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";

const AUTH: PluginRegistration = { name: "auth", slot: "auth", image: "rat/auth:1", address: "auth:50051" };
const deps = { logger: silentLogger, clock: systemClock };

let stack: AsyncDisposableStack;
let testDatabase: TestDatabase;
let database: Database;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  testDatabase = stack.use(await createTestDatabase());
  database = stack.use(openDatabase({ connection: testDatabase.connectionString, ...deps }));
});
afterEach(() => stack.disposeAsync());

function open(plugins: readonly PluginRegistration[] = [AUTH]): PluginsLab {
  return openPlugins(stack, database, plugins);
}

function report(history: HealthHistory, status: HealthStatus, message = "", at = new Date()): void {
  history.record({ plugin: "auth", status, message, checkedAt: at });
}

test("the query of the specification shows what was recorded", async () => {
  const { history } = open();
  const checkedAt = new Date("2026-03-01T12:00:00Z");
  report(history, "healthy", "fine", checkedAt);
  history.recordVersion("auth", "1.2.3");
  expect(history.latest("auth")?.status).toBe("healthy");
  await history.flushed();
  expect(await database.query("SELECT name, slot, status, last_health FROM plugins")).toEqual([
    { name: "auth", slot: "auth", status: "healthy", last_health: checkedAt },
  ]);
});

test("a later ratd finds the first registration, the version, and plugins that left rat.yaml", async () => {
  const first = open([AUTH, { ...AUTH, name: "old" }]);
  first.history.recordVersion("auth", "1.2.3");
  await first.history.flushed();
  const registeredAt = first.store.get("auth")?.registeredAt;
  await first[Symbol.asyncDispose]();

  const second = open();
  await second.history.flushed();
  expect(second.store.get("auth")).toMatchObject({ registeredAt, removedAt: null });
  expect(second.history.latest("auth")).toMatchObject({ version: "1.2.3", status: "unknown" });
  expect(second.store.get("old")?.removedAt).toBeInstanceOf(Date);
  await second.store.saved();
  const removed = await database.query("SELECT name FROM plugins WHERE removed_at IS NOT NULL");
  expect(removed).toEqual([{ name: "old" }]);
});

describe("registration", () => {
  test("marks what left rat.yaml as removed and takes it back when it returns", async () => {
    const cloud: PluginRegistration = { ...AUTH, name: "cloud", slot: "cloud" };
    const { store, configure } = open([AUTH, cloud]);
    await configure([AUTH]);
    expect(store.get("cloud")?.removedAt).toBeInstanceOf(Date);
    await configure([AUTH, cloud]);
    expect(store.get("cloud")?.removedAt).toBeNull();
    expect(await database.query("SELECT name FROM plugins WHERE removed_at IS NULL ORDER BY name")).toEqual([
      { name: "auth" },
      { name: "cloud" },
    ]);
  });

  test("touches the plugins of its own source only, and may fill no slot", async () => {
    const { store, configure } = open();
    const tool: PluginRegistration = { name: "tool", slot: null, image: "", address: "" };
    await store.register("directory", [tool]);
    await configure([]);
    expect(store.get("tool")).toMatchObject({ source: "directory", slot: null, removedAt: null });
    expect(store.get("auth")?.removedAt).toBeInstanceOf(Date);
    await store.register("directory", []);
    expect(store.get("tool")?.removedAt).toBeInstanceOf(Date);
    // A name is free again when its plugin is gone.
    await store.register("oci", [tool]);
    expect(store.get("tool")).toMatchObject({ source: "oci", removedAt: null });
  });

  test("refuses a name that another source has", async () => {
    const { store } = open();
    await store.saved();
    await expect(store.register("directory", [AUTH])).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("from config"),
    });
  });

  test("gives a name to rat.yaml, whoever had it: the operator's file is what runs", async () => {
    const { store, configure } = open([]);
    await store.register("directory", [AUTH]);
    await configure([AUTH]);
    expect(store.get("auth")).toMatchObject({ source: "config", removedAt: null });
  });

  test("is stored before it is answered; without a database it fails and changes nothing", async () => {
    const proxy = stack.use(await createFaultProxy({ target: { path: testDatabase.socketPath } }));
    const connection = { host: "127.0.0.1", port: proxy.port, user: "rat", database: testDatabase.name };
    const behind = stack.use(openDatabase({ connection, ...deps }));
    const { store } = openPlugins(stack, behind, [AUTH]);
    await store.saved();
    await store.register("directory", [{ ...AUTH, name: "tool" }]);
    expect(await database.query("SELECT 1 AS there FROM plugins WHERE name = 'tool'")).toEqual([
      { there: 1 },
    ]);
    await proxy.mode("refuse");
    await expect(store.register("directory", [])).rejects.toMatchObject({ code: "database_unavailable" });
    expect(store.get("tool")?.removedAt).toBeNull();
  });

  test("goes on past a row that the database rejects", async () => {
    const { store, configure } = open();
    await store.saved();
    await database.query("ALTER TABLE plugins ADD CHECK (name <> 'cursed')");
    await configure([AUTH, { ...AUTH, name: "cursed" }, { ...AUTH, name: "blessed" }]);
    const rows = await database.query("SELECT name FROM plugins ORDER BY name");
    expect(rows).toEqual([{ name: "auth" }, { name: "blessed" }]);
  });
});

describe("the history of health", () => {
  test("tells every change, newest first, also what is not stored yet", async () => {
    const { history } = open();
    report(history, "healthy");
    await history.flushed();
    report(history, "down", "refused");
    const unstored = await history.history("auth");
    expect(unstored.map((event) => event.to)).toEqual(["down", "healthy"]);
    await history.flushed();
    const stored = await history.history("auth");
    expect(stored.map(({ from, to, message }) => ({ from, to, message }))).toEqual([
      { from: "healthy", to: "down", message: "refused" },
      { from: "unknown", to: "healthy", message: "" },
    ]);
    expect(await history.history("auth", 1)).toHaveLength(1);
  });

  test("is cut to about its newest thousand", async () => {
    const { history } = open();
    await history.flushed();
    await database.query(
      `INSERT INTO plugin_health_events (plugin, from_status, to_status, message, at)
       SELECT 'auth', 'healthy', 'down', 'old', now() - interval '1 day' + i * interval '1 second'
         FROM generate_series(1, 3000) AS i`,
    );
    report(history, "healthy", "new");
    await history.flushed();
    const counted = await database.query("SELECT count(*)::int AS rows FROM plugin_health_events");
    expect(counted).toEqual([{ rows: 1_000 }]);
    expect((await history.history("auth", 1))[0]?.message).toBe("new");
  });

  test("of a thousand plugins is stored in a few statements", async () => {
    const plugins = Array.from({ length: 2_500 }, (_, i) => ({ ...AUTH, name: `plugin-${i}` }));
    const { history } = open(plugins);
    for (const { name } of plugins) {
      history.record({ plugin: name, status: "healthy", message: randomUUID(), checkedAt: new Date() });
    }
    await history.flushed();
    expect(
      await database.query("SELECT count(*)::int AS rows FROM plugins WHERE status = 'healthy'"),
    ).toEqual([{ rows: 2_500 }]);
    expect(await database.query("SELECT count(*)::int AS rows FROM plugin_health_events")).toEqual([
      { rows: 2_500 },
    ]);
  });

  test("goes on past a row that the database rejects", async () => {
    const { history } = open([AUTH, { ...AUTH, name: "cloud" }]);
    await history.flushed();
    await database.query("ALTER TABLE plugins ADD CHECK (message <> 'cursed')");
    report(history, "down", "cursed");
    history.record({ plugin: "cloud", status: "down", message: "blessed", checkedAt: new Date() });
    await history.flushed();
    const rows = await database.query("SELECT name, message FROM plugins ORDER BY name");
    expect(rows).toEqual([
      { name: "auth", message: "" },
      { name: "cloud", message: "blessed" },
    ]);
  });

  test("of two replicas that write the same plugins meets no deadlock", async () => {
    const plugins = Array.from({ length: 200 }, (_, i) => ({ ...AUTH, name: `plugin-${i}` }));
    const replicas = [open(plugins), open(plugins.toReversed())];
    for (let round = 0; round < 10; round += 1) {
      for (const { history } of replicas) {
        for (const { name } of plugins) {
          history.record({ plugin: name, status: "healthy", message: `${round}`, checkedAt: new Date() });
        }
      }
      await Promise.all(replicas.map(({ history }) => history.flushed()));
    }
    const rows = await database.query("SELECT DISTINCT message FROM plugins");
    expect(rows).toEqual([{ message: "9" }]);
  });
});
