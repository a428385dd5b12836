import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { expect, it } from "vitest";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { FakePlugin } from "../support/fake-plugin.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const shows = (rat: TestRatd, state: string) =>
  until(
    async () => ((await rat.call("/health")).json["services"] as { postgres: string }).postgres === state,
    {
      timeoutMs: 15_000,
      what: `postgres ${state}`,
    },
  );

/** The database behind a proxy on TCP. */
async function proxied(database: TestDatabase) {
  const proxy = await createFaultProxy({ target: { path: database.socketPath } });
  const { username } = new URL(database.connectionString);
  return { proxy, url: `postgres://${username}@127.0.0.1:${proxy.port}/${database.name}` };
}

async function rowsOf(database: TestDatabase, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

it.each(["refuse", "blackhole"] as const)(
  "serves from memory while the database is gone (%s), says so, and catches up",
  async (fault) => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const { proxy, url } = await proxied(database);
    stack.use(proxy);
    const plugin = stack.use(await FakePlugin.start());
    const rat = stack.use(
      await startTestRatd(url, { plugins: { auth: { image: "rat/the-auth:1", address: plugin.address } } }),
    );
    await shows(rat, "healthy");

    await proxy.mode(fault);
    proxy.cut();
    await shows(rat, "down");
    expect((await rat.call("/health")).json["status"]).toBe("degraded");
    expect((await rat.call("/api/v1/me", { token: "alice" })).json["user_id"]).toBe("user-alice");
    await plugin.down();
    await until(async () => (await rat.call("/features")).json["auth"] === false);
    expect((await rat.call("/health")).json["plugins"]).toEqual({ "the-auth": "down" });

    await proxy.mode("pass");
    await shows(rat, "healthy");
    const stored = (status: string) =>
      until(
        async () => (await rowsOf(database, `SELECT 1 FROM plugins WHERE status = '${status}'`)).length === 1,
        {
          timeoutMs: 15_000,
          what: `the status ${status} in the database`,
        },
      );
    await stored("down");
    expect((await rat.operate("/api/v1/plugins/the-auth")).json).toMatchObject({
      health: "down",
      health_history: [{ to: "down" }, { to: "healthy" }],
    });
    // The history may come a batch behind the state.
    await expect
      .poll(() => rowsOf(database, "SELECT to_status FROM plugin_health_events ORDER BY id"))
      .toEqual([{ to_status: "healthy" }, { to_status: "down" }]);
    await plugin.up();
    await stored("healthy");
    const [row] = await rowsOf(database, "SELECT name, slot, status, last_health FROM plugins");
    expect(row).toEqual({ name: "the-auth", slot: "auth", status: "healthy", last_health: expect.any(Date) });
  },
);

it("starts while the database is away, and registers when it comes", async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const { proxy, url } = await proxied(database);
  stack.use(proxy);
  await proxy.mode("refuse");
  const plugin = stack.use(await FakePlugin.start());
  const rat = stack.use(
    await startTestRatd(url, { plugins: { auth: { image: "rat/the-auth:1", address: plugin.address } } }),
  );
  expect((await rat.call("/api/v1/me", { token: "alice" })).json["user_id"]).toBe("user-alice");
  await shows(rat, "down");
  expect(await rat.call("/health/ready")).toMatchObject({
    status: 503,
    json: { status: "starting", awaits: ["the tables of the database", "the first API key"] },
  });
  await proxy.mode("pass");
  await shows(rat, "healthy");
  await until(async () => (await rat.call("/health/ready")).status === 200, { timeoutMs: 15_000 });
  const key = (await readFile(join(rat.dataDirectory, "bootstrap-key"), "utf8")).trim();
  expect(await rat.call("/api/v1/access/keys", { token: key })).toMatchObject({ status: 200 });
  expect(rat.log.map(({ msg }) => msg)).toContainEqual(
    expect.stringContaining("the first API key, with all scopes, is in"),
  );
  await until(
    async () => (await rowsOf(database, "SELECT name FROM plugins WHERE status = 'healthy'")).length === 1,
    { timeoutMs: 15_000 },
  );
});
