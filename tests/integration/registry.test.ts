import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../services/ratd/src/platform/clock.ts";
import { openDatabase } from "../../services/ratd/src/platform/database/open-database.ts";
import type { Database } from "../../services/ratd/src/platform/database/database.ts";
import { silentLogger } from "../../services/ratd/src/platform/logger.ts";
import { PostgresRegistry } from "../../services/ratd/src/registry/postgres-registry.ts";
import { Schema } from "../../services/ratd/src/schema/schema.ts";
import type { HealthStatus } from "../../services/ratd/src/health/health.ts";
import type { PluginRegistration } from "../../services/ratd/src/registry/registry.ts";
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

function open(): PostgresRegistry {
  return stack.use(new PostgresRegistry({ database, schema: new Schema({ database, ...deps }), ...deps }));
}

function report(registry: PostgresRegistry, status: HealthStatus, message = "", at = new Date()): void {
  registry.recordHealth({ name: "auth", status, message, checkedAt: at });
}

test("the query of the specification shows what was recorded", async () => {
  const registry = open();
  registry.register([AUTH]);
  const checkedAt = new Date("2026-03-01T12:00:00Z");
  report(registry, "healthy", "fine", checkedAt);
  registry.recordVersion("auth", "1.2.3");
  expect(registry.get("auth")?.status).toBe("healthy");
  await registry.flushed();
  expect(await database.query("SELECT name, slot, status, last_health FROM plugins")).toEqual([
    { name: "auth", slot: "auth", status: "healthy", last_health: checkedAt },
  ]);
});

test("a later ratd finds the first registration, the version, and plugins that left rat.yaml", async () => {
  const first = open();
  first.register([AUTH, { ...AUTH, name: "old" }]);
  first.recordVersion("auth", "1.2.3");
  await first.flushed();
  const registeredAt = first.get("auth")?.registeredAt;
  await first[Symbol.asyncDispose]();

  const second = open();
  second.register([AUTH]);
  await second.flushed();
  expect(second.get("auth")).toMatchObject({
    registeredAt,
    version: "1.2.3",
    status: "unknown",
    removedAt: null,
  });
  expect(second.get("old")?.removedAt).toBeInstanceOf(Date);
  const removed = await database.query("SELECT name FROM plugins WHERE removed_at IS NOT NULL");
  expect(removed).toEqual([{ name: "old" }]);
});

test("history tells every change, newest first, also what is not stored yet", async () => {
  const registry = open();
  registry.register([AUTH]);
  report(registry, "healthy");
  await registry.flushed();
  report(registry, "down", "refused");
  const unstored = await registry.history("auth");
  expect(unstored.map((event) => event.to)).toEqual(["down", "healthy"]);
  await registry.flushed();
  const stored = await registry.history("auth");
  expect(stored.map(({ from, to, message }) => ({ from, to, message }))).toEqual([
    { from: "healthy", to: "down", message: "refused" },
    { from: "unknown", to: "healthy", message: "" },
  ]);
  expect(await registry.history("auth", 1)).toHaveLength(1);
});

test("the history of a plugin is cut to about its newest thousand", async () => {
  const registry = open();
  registry.register([AUTH]);
  await registry.flushed();
  await database.query(
    `INSERT INTO plugin_health_events (plugin, from_status, to_status, message, at)
     SELECT 'auth', 'healthy', 'down', 'old', now() - interval '1 day' + i * interval '1 second'
       FROM generate_series(1, 3000) AS i`,
  );
  report(registry, "healthy", "new");
  await registry.flushed();
  const counted = await database.query("SELECT count(*)::int AS rows FROM plugin_health_events");
  expect(counted).toEqual([{ rows: 1_000 }]);
  expect((await registry.history("auth", 1))[0]?.message).toBe("new");
});

test("a thousand plugins are stored in a few statements", async () => {
  const registry = open();
  const plugins = Array.from({ length: 2_500 }, (_, i) => ({ ...AUTH, name: `plugin-${i}` }));
  registry.register(plugins);
  for (const { name } of plugins) {
    registry.recordHealth({ name, status: "healthy", message: randomUUID(), checkedAt: new Date() });
  }
  await registry.flushed();
  expect(await database.query("SELECT count(*)::int AS rows FROM plugins WHERE status = 'healthy'")).toEqual([
    { rows: 2_500 },
  ]);
  expect(await database.query("SELECT count(*)::int AS rows FROM plugin_health_events")).toEqual([
    { rows: 2_500 },
  ]);
});

test("a row that the database rejects does not hold up the others", async () => {
  const registry = open();
  registry.register([AUTH]);
  await registry.flushed();
  await database.query("ALTER TABLE plugins ADD CHECK (name <> 'cursed')");
  registry.register([AUTH, { ...AUTH, name: "cursed" }, { ...AUTH, name: "blessed" }]);
  await registry.flushed();
  const rows = await database.query("SELECT name FROM plugins ORDER BY name");
  expect(rows).toEqual([{ name: "auth" }, { name: "blessed" }]);
});
