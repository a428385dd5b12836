import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { makeCertificates, type Certificates } from "../support/certificates.ts";
import { FakePlugin, unusedAddress } from "../support/fake-plugin.ts";
import { PluginProcess } from "../support/plugin-process.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type TestRatd, type TestRatYaml } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const TESTER = { actor: "test", authMode: "none" } as const;
let database: TestDatabase;
let plugin: FakePlugin;
let ratd: TestRatd;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  plugin = await FakePlugin.start();
  ratd = await startTestRatd(database.connectionString, withAuth({}));
});
afterEach(async () => {
  await ratd[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
});

const withAuth = (yaml: TestRatYaml): TestRatYaml => ({
  plugins: { auth: { image: "rat/fake:1", address: plugin.address, on_down: "deny" } },
  ...yaml,
});

/** Puts a rat.yaml in force; all that it changes counts at once. */
async function reload(yaml: TestRatYaml): Promise<void> {
  await ratd.configure(withAuth(yaml));
  const changes = await ratd.ratd.live.reload(TESTER);
  expect(changes.length).toBeGreaterThan(0);
  expect(changes.filter(({ applies }) => applies !== "now")).toEqual([]);
}

const token = "somebody";
const statusOf = async (path: string, options: object = {}) =>
  (await ratd.call(path, { token, ...options })).status;

const asked = () => plugin.calls.get("Authenticate") ?? 0;
/** A ratd that has just begun keeps no identities yet. */
const untilKept = () =>
  until(async () => {
    await statusOf("/api/v1/me");
    const before = asked();
    await statusOf("/api/v1/me");
    return asked() === before;
  });

test("role_permissions count at the next request of a caller whom ratd knows", async () => {
  await untilKept();
  expect(await statusOf("/api/v1/plugins")).toBe(403);
  await reload({ role_permissions: { admin: ["plugins:read"] } });
  expect(await statusOf("/api/v1/plugins")).toBe(200);
  await reload({ role_permissions: { admin: ["audit:read"], other: ["plugins:read"] } });
  expect([await statusOf("/api/v1/plugins"), await statusOf("/api/v1/audit")]).toEqual([403, 200]);
  await reload({});
  expect([await statusOf("/api/v1/plugins"), await statusOf("/api/v1/audit")]).toEqual([403, 403]);
});

test("role_permissions that are taken away end the streams that rest on them", async () => {
  await reload({ role_permissions: { admin: ["audit:read"] } });
  const headers = { authorization: `Bearer ${token}` };
  const stream = await fetch(`${ratd.url}/api/v1/events?topics=config`, { headers });
  expect(stream.status).toBe(200);
  await reload({});
  // Resolves when ratd ends it.
  await stream.text();
});

test("cache.ttl counts at once, also for what is kept already", async () => {
  await untilKept();
  await reload({ cache: { ttl: "0s" } });
  const before = asked();
  await statusOf("/api/v1/me");
  await statusOf("/api/v1/me");
  expect(asked()).toBe(before + 2);
});

test("limits.rate counts at the next request of an address, and 0 is none", async () => {
  const statuses = async () => [await statusOf("/api/v1/me"), await statusOf("/api/v1/me")];
  expect(await statuses()).toEqual([200, 200]);
  // Two of its minute are used up.
  await reload({ limits: { rate: 3 } });
  expect(await statuses()).toEqual([200, 429]);
  await reload({ limits: { rate: 1000 } });
  expect(await statuses()).toEqual([200, 200]);
  await reload({ limits: { rate: 1 } });
  expect(await statuses()).toEqual([429, 429]);
  await reload({ limits: { rate: 0 } });
  expect(await statuses()).toEqual([200, 200]);
});

test("limits.principal counts at the next request of a principal", async () => {
  expect(await statusOf("/api/v1/me")).toBe(200);
  await reload({ limits: { principal: { data_read: 1 } } });
  expect(await statusOf("/api/v1/me")).toBe(429);
  await reload({ limits: { principal: { data_read: 0 } } });
  expect(await statusOf("/api/v1/me")).toBe(200);
});

test("limits.body counts at the next request, whether it announces its length or not", async () => {
  const send = async (bytes: number) => {
    const body = JSON.stringify({ text: "x".repeat(bytes) });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const url = `${ratd.url}/api/v1/namespaces`;
    const chunked = { body: ReadableStream.from([Buffer.from(body)]), duplex: "half" } as const;
    const answers = [
      await fetch(url, { method: "POST", headers, body }),
      await fetch(url, { method: "POST", headers, ...chunked }),
    ];
    return answers.map(({ status }) => status);
  };
  expect(await send(5000)).toEqual([422, 422]);
  await reload({ limits: { body: 4096 } });
  expect(await send(5000)).toEqual([413, 413]);
  await reload({ limits: { body: 3_000_000 } });
  expect(await send(2_000_000)).toEqual([422, 422]);
});

test("limits.event_clients_per_principal leaves room for others, and an end makes room", async () => {
  await reload({ limits: { event_clients: 10, event_clients_per_principal: 2 } });
  const open = async (bearer: string) => {
    const stop = new AbortController();
    const headers = { authorization: `Bearer ${bearer}` };
    const answer = await fetch(`${ratd.url}/api/v1/events`, { headers, signal: stop.signal });
    return { status: answer.status, text: () => answer.text(), end: () => stop.abort() };
  };
  const mine = [await open("alice"), await open("alice")];
  const third = await open("alice");
  expect(third.status).toBe(429);
  expect(await third.text()).toContain("You have 2 event streams open");
  const others = await open("bob");
  expect(others.status).toBe(200);
  mine[0]?.end();
  await until(async () => {
    const again = await open("alice");
    again.end();
    return again.status === 200;
  });
  for (const stream of [...mine, others]) stream.end();
});

test("limits.event_clients counts for new streams; those that are open stay", async () => {
  const stop = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const open = () => fetch(`${ratd.url}/api/v1/events`, { headers, signal: stop.signal });
  const streams = [await open(), await open()];
  await reload({ limits: { event_clients: 1 } });
  const refused = await open();
  expect(refused.status).toBe(429);
  expect(await refused.text()).toContain("2 event streams are open");
  await reload({ limits: { event_clients: 3 } });
  streams.push(await open());
  expect(streams.map(({ status, bodyUsed }) => [status, bodyUsed])).toEqual(streams.map(() => [200, false]));
  stop.abort();
});

test("limits.request counts from the next look of the server at its requests", async () => {
  const servers = new Set<Server>();
  const listener = (message: unknown) => servers.add((message as { server: Server }).server);
  subscribe("http.server.request.start", listener);
  await statusOf("/health");
  unsubscribe("http.server.request.start", listener);
  const server = [...servers].find(({ requestTimeout }) => requestTimeout === 30_000);
  await reload({ limits: { request: "2s" } });
  expect(server?.requestTimeout).toBe(2000);
});

test("a certificate that was renewed in place is taken by a reload", async ({ skip }) => {
  const [old, young] = [makeCertificates(), makeCertificates()];
  if (old === undefined || young === undefined) return skip("there is no openssl");
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "rat-renewed-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const tls = { ca: join(folder, "ca.pem"), cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const renew = (files: Certificates) =>
    Promise.all([copyFile(files.ca, tls.ca), copyFile(files.cert, tls.cert), copyFile(files.key, tls.key)]);
  const port = Number((await unusedAddress()).split(":")[1]);
  const start = async (files: Certificates) => {
    const hello = new PluginProcess("packages/plugin-sdk/examples/hello-auth.ts", port, {
      RAT_PLUGIN_TLS_CERT: files.cert,
      RAT_PLUGIN_TLS_KEY: files.key,
      RAT_PLUGIN_TLS_CA: files.ca,
    });
    await hello.start();
    return hello;
  };
  const yaml = {
    plugins: { auth: { image: "hello", address: `127.0.0.1:${port}`, on_down: "deny", tls } },
  };
  const user = async () => (await ratd.call("/api/v1/me", { token: "demo-admin" })).json["user_id"];
  await renew(old);
  const first = await start(old);
  await reload(yaml);
  expect(await user()).toBe("alice");
  await first[Symbol.asyncDispose]();
  stack.use(await start(young));
  await renew(young);
  await ratd.ratd.checkNow();
  expect(await user()).toBeUndefined();
  await reload(yaml);
  expect(await user()).toBe("alice");
});
