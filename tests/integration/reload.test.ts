import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { FakePlugin } from "../support/fake-plugin.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RatdProcess } from "../support/ratd-process.ts";
import { call, startTestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const TESTER = { actor: "test", authMode: "none" } as const;
let database: TestDatabase;
let plugins: readonly [FakePlugin, FakePlugin];
let stack: AsyncDisposableStack;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const [one, two] = [stack.use(await FakePlugin.start()), stack.use(await FakePlugin.start())];
  one.userOf = () => "one";
  two.userOf = () => "two";
  plugins = [one, two];
});
afterEach(() => stack.disposeAsync());

const auth = (plugin: FakePlugin, more: object = {}) => ({
  plugins: { auth: { image: "rat/fake:1", address: plugin.address, on_down: "deny", ...more } },
});

async function start(plugin: FakePlugin) {
  return stack.use(await startTestRatd(database.connectionString, auth(plugin)));
}

test("under 200 requests a second a plugin is swapped ten times: none fails, none gets the wrong plugin", async () => {
  const ratd = await start(plugins[0]);
  /** Who held the slot at some moment of each request. */
  let inForce: readonly string[] = ["one"];
  const load = { on: true };
  const wrong: string[] = [];
  let requests = 0;
  let number = 0;
  const client = async () => {
    while (load.on) {
      const began = inForce;
      const { status, json } = await ratd.call("/api/v1/me", { token: `t${(number += 1)}` });
      requests += 1;
      const user = String(json["user_id"]);
      if (status !== 200 || !(began.includes(user) || inForce.includes(user)))
        wrong.push(`${status} ${user}`);
      await setTimeout(20);
    }
  };
  const clients = Array.from({ length: 8 }, client);
  for (let swap = 1; swap <= 10; swap += 1) {
    const next = plugins[swap % 2 === 0 ? 0 : 1];
    await ratd.configure(auth(next));
    inForce = ["one", "two"];
    const changes = await ratd.ratd.live.reload(TESTER);
    expect(changes).toMatchObject([{ key: "plugins.auth.address", applies: "now" }]);
    inForce = [next.userOf("")];
    // The same token is not answered by what the former plugin said of it.
    expect((await ratd.call("/api/v1/me", { token: "same" })).json["user_id"]).toBe(inForce[0]);
    const before = requests;
    await until(() => requests > before + 50, { what: "load between two swaps", timeoutMs: 20_000 });
  }
  load.on = false;
  await Promise.all(clients);
  expect(requests).toBeGreaterThan(500);
  expect(wrong).toEqual([]);
});

test("a plugin that does not get ready refuses the whole change", async () => {
  const ratd = await start(plugins[0]);
  plugins[1].health = { status: "down", message: "not yet" };
  await ratd.configure({ ...auth(plugins[1]), services: { api: "http://127.0.0.1:1/" } });
  await expect(ratd.ratd.live.reload(TESTER)).rejects.toMatchObject({
    code: "reload_refused",
    message: expect.stringMatching(/auth: fake at .* did not get ready .*not yet/),
  });
  expect((await ratd.call("/api/v1/me", { token: "a" })).json["user_id"]).toBe("one");
  const { json } = await ratd.call("/health");
  expect(json["services"]).not.toHaveProperty("api");
});

test("a ratd that stops gives up a reload that waits, and leaves nothing behind", async () => {
  const ratd = await startTestRatd(database.connectionString, auth(plugins[0]));
  let asked = 0;
  plugins[1].health = {
    get status() {
      asked += 1;
      return "down";
    },
    message: "not yet",
  };
  await ratd.configure(auth(plugins[1]));
  const ended: unknown[] = [];
  void ratd.ratd.live.reload(TESTER).catch((reason: unknown) => ended.push(reason));
  await until(() => asked > 0, { what: "a check of the new plugin" });
  await ratd[Symbol.asyncDispose]();
  // Well before the plugin's time to get ready is over.
  await until(() => ended.length > 0, { what: "the end of the reload", timeoutMs: 3_000 });
  expect(ended).toMatchObject([{ code: "reload_refused", message: expect.stringContaining("stops") }]);
  await expect(ratd.ratd.live.reload(TESTER)).rejects.toMatchObject({ code: "reload_refused" });
});

test("a file with a problem changes nothing and names the place", async () => {
  const ratd = await start(plugins[0]);
  await ratd.configure(auth(plugins[1], { on_dwn: "deny" }));
  await expect(ratd.ratd.live.reload(TESTER)).rejects.toMatchObject({
    code: "reload_refused",
    message: expect.stringMatching(/rat\.yaml:\d+:\d+ plugins\.auth\.on_dwn: unknown key/),
  });
  expect((await ratd.call("/api/v1/me", { token: "a" })).json["user_id"]).toBe("one");
});

test("a plugin and a service come and go, on_down changes, and what needs a restart is named", async () => {
  const ratd = await start(plugins[0]);
  const yaml = {
    plugins: {
      auth: { image: "rat/fake:1", address: plugins[0].address, on_down: "noop" },
      cloud: { image: "rat/clouds:1", address: plugins[1].address },
    },
    services: { auth_port: `tcp://${plugins[0].address}` },
    edition: "pro",
  };
  await ratd.configure(yaml);
  const changes = await ratd.ratd.live.reload(TESTER);
  expect(changes).toContainEqual({ key: "edition", from: null, to: '"pro"', applies: "restart" });
  const come = await until(async () => {
    const { json } = await ratd.call("/health");
    return JSON.stringify(json["services"]).includes('"auth_port":"healthy"') ? json : undefined;
  });
  expect(come["slots"]).toMatchObject({ auth: { on_down: "noop" }, cloud: { state: "active" } });

  await ratd.configure(auth(plugins[0]));
  await ratd.ratd.live.reload(TESTER);
  const gone = (await ratd.call("/health")).json;
  expect(gone["slots"]).toMatchObject({ auth: { on_down: "deny" }, cloud: { state: "builtin" } });
  expect(gone["services"]).not.toHaveProperty("auth_port");
  const left = await ratd.operate("/api/v1/plugins/clouds");
  expect(left.json).toMatchObject({ state: "unloaded", removed_at: expect.any(String) });
  const { text } = await ratd.operate("/api/v1/audit?action=config.reload");
  expect(text).toContain("config.reload");
});

test("SIGHUP reloads a ratd that runs as a process, and does not end it", async () => {
  const file = (plugin: FakePlugin) => ({
    listen: "127.0.0.1:0",
    internal_listen: "127.0.0.1:0",
    runs: { runners: [] },
    ...auth(plugin),
  });
  const env = { DATABASE_URL: database.connectionString };
  await using ratd = new RatdProcess({ yaml: file(plugins[0]), env });
  const url = await ratd.url();
  const user = async () => (await call(url, "/api/v1/me", { token: "a" })).json["user_id"];
  expect(await user()).toBe("one");
  await writeFile(join(ratd.directory, "rat.yaml"), stringify({ ...file(plugins[1]), edition: "pro" }));
  ratd.signal("SIGHUP");
  await until(async () => (await user()) === "two", { what: "the other plugin" });
  expect(ratd.stderr).toContain(
    "rat.yaml was reloaded; changed: plugins.auth.address; needs a restart: edition",
  );
  expect(await ratd.stop()).toMatchObject({ code: 0, signal: null });
});
