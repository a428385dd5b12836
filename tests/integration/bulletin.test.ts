import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../services/ratd/src/platform/clock.ts";
import { Bulletin } from "../../services/ratd/src/replicas/bulletin.ts";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

let stack: AsyncDisposableStack;
let database: TestDatabase;
let sql: Client;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  database = stack.use(await createTestDatabase());
  sql = new Client({ connectionString: database.connectionString });
  await sql.connect();
  stack.defer(() => sql.end());
});
afterEach(() => stack.disposeAsync());

/** Process ids of the connections that listen. */
async function listeners(): Promise<number[]> {
  const { rows } = await sql.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ratd notifications'",
  );
  return rows.map(({ pid }) => pid);
}

const bulletin = (self: string, connection = database.connectionString) =>
  stack.use(new Bulletin({ connection, clock: systemClock, self }));

/** A reader that keeps what it hears. */
function reader() {
  const heard: string[] = [];
  return {
    heard,
    get gaps() {
      return heard.filter((word) => word === "(gap)").length;
    },
    get messages() {
      return heard.filter((word) => word !== "(gap)");
    },
    onMessage: (payload: string) => void heard.push(payload),
    onGap: () => void heard.push("(gap)"),
  };
}

test("a ratd listens on one connection, whatever its rooms read", async () => {
  const ratd = stack.use(await startTestRatd(database.connectionString));
  await until(async () => (await listeners()).length > 0);
  // Runs read from the start, access when all else stands: both have been there for a while by now.
  await ratd.call("/health");
  const other = bulletin("other");
  const runs = reader();
  other.subscribe("rat_runs", runs);
  await until(() => runs.gaps === 1);
  expect(await listeners()).toHaveLength(2);
  await ratd[Symbol.asyncDispose]();
  await until(async () => (await listeners()).length === 1);
});

test("each reader hears its channel, from others and not from itself, and each message once", async () => {
  const one = bulletin("one");
  const two = bulletin("two");
  const [a, again, b, own] = [reader(), reader(), reader(), reader()];
  two.subscribe("channel a", a);
  two.subscribe("channel a", again);
  two.subscribe('channel "b"', b);
  one.subscribe("channel a", own);
  await until(() => [a, again, b, own].every(({ gaps }) => gaps > 0));
  for (let round = 0; round < 3; round += 1) one.publish("channel a", "run 1 of 2");
  one.publish("channel a", "queue");
  one.publish('channel "b"', "it's");
  await until(() => a.messages.length >= 2 && again.messages.length >= 2 && b.messages.length >= 1);
  expect(a.messages).toEqual(["run 1 of 2", "queue"]);
  expect(again.messages).toEqual(["run 1 of 2", "queue"]);
  expect(b.messages).toEqual(["it's"]);
  expect(own.messages).toEqual([]);
  expect(await listeners()).toHaveLength(2);
});

test("without readers there is no connection, and nothing is sent", async () => {
  const silent = bulletin("silent");
  silent.publish("a", "x");
  await systemPause(50);
  expect(await listeners()).toEqual([]);
});

test("a reader that comes later is told when it hears, on the connection that is there", async () => {
  const one = bulletin("one");
  const two = bulletin("two");
  const [early, late] = [reader(), reader()];
  two.subscribe("early", early);
  const own = reader();
  one.subscribe("own", own);
  await until(() => early.gaps === 1);
  two.subscribe("late", late);
  await until(() => late.gaps === 1 && own.gaps === 1);
  expect(early.gaps).toBe(1);
  one.publish("late", "hello");
  await until(() => late.messages.length === 1);
  expect(await listeners()).toHaveLength(2);
});

test("who no longer reads hears nothing, and another reader of the channel goes on", async () => {
  const one = bulletin("one");
  const two = bulletin("two");
  const [leaves, stays, other] = [reader(), reader(), reader()];
  const leave = two.subscribe("a", leaves);
  two.subscribe("a", stays);
  const close = two.subscribe("b", other);
  const own = reader();
  one.subscribe("own", own);
  await until(() => [leaves, stays, other, own].every(({ gaps }) => gaps > 0));
  leave();
  leave();
  close();
  one.publish("b", "unheard");
  one.publish("a", "heard");
  await until(() => stays.messages.length === 1);
  expect([leaves.messages, other.messages]).toEqual([[], []]);
  // A channel that was left can be read again.
  const back = reader();
  two.subscribe("b", back);
  await until(() => back.gaps === 1);
  one.publish("b", "again");
  await until(() => back.messages.length === 1);
  expect(back.messages).toEqual(["again"]);
});

describe("a connection that is lost", () => {
  test("comes back by itself, on one connection, and tells each reader that it may have missed something", async () => {
    const one = bulletin("one");
    const two = bulletin("two");
    const [a, b] = [reader(), reader()];
    two.subscribe("a", a);
    two.subscribe("b", b);
    const own = reader();
    one.subscribe("own", own);
    await until(() => a.gaps === 1 && b.gaps === 1 && own.gaps === 1);
    for (let round = 2; round <= 4; round += 1) {
      await sql.query("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", [await listeners()]);
      await until(() => [a, b, own].every(({ gaps }) => gaps === round), { timeoutMs: 10_000 });
    }
    await until(async () => (await listeners()).length === 2);
    one.publish("b", "after");
    await until(() => b.messages.length === 1);
    expect([a.gaps, b.gaps]).toEqual([4, 4]);
  });

  test("while the database is away it is dialled with growing pauses; channels of that time are read too", async () => {
    const proxy = stack.use(await createFaultProxy({ target: { path: database.socketPath } }));
    const url = new URL(database.connectionString);
    const through = `postgresql://${url.username}@127.0.0.1:${proxy.port}${url.pathname}`;
    const one = bulletin("one", through);
    const [early, late] = [reader(), reader()];
    one.subscribe("early", early);
    await until(() => early.gaps === 1);
    await proxy.mode("reset");
    await until(async () => (await listeners()).length === 0);
    one.subscribe("late", late);
    const before = proxy.accepted;
    await systemPause(1500);
    expect(proxy.accepted - before).toBeLessThan(6);
    expect(late.gaps).toBe(0);
    await proxy.mode("pass");
    await until(() => early.gaps === 2 && late.gaps === 1, { timeoutMs: 10_000 });
    await sql.query("SELECT pg_notify('late', 'two hello')");
    await until(() => late.messages.length === 1);
    expect(await listeners()).toHaveLength(1);
  });

  test("disposing ends it, also while it is being dialled", async () => {
    // Takes connections and never answers.
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket.resume())).listen(0, "127.0.0.1");
    stack.defer(() => void silent.close());
    await once(silent, "listening");
    const one = bulletin("one", `postgresql://x@127.0.0.1:${(silent.address() as AddressInfo).port}/x`);
    one.subscribe("a", reader());
    await until(() => sockets.length === 1);
    await one[Symbol.asyncDispose]();
    await until(() => sockets[0]?.closed === true);
    await systemPause(300);
    expect(sockets).toHaveLength(1);
  });
});

function systemPause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
