import { mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { join, dirname } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { insertApiKey } from "../support/api-keys.ts";
import { FakePlugin } from "../support/fake-plugin.ts";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { SecretCanaries } from "../support/secret-canaries.ts";
import { startTestRatd, type CallOptions, type TestRatd, type TestRatYaml } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const DIFF = "/api/v1/config/diff";
const RELOAD = "/api/v1/config/reload";
const SIGNAL = { actor: "SIGHUP", authMode: "none" } as const;
const POST = { method: "POST" } as const;

let database: TestDatabase;
let plugins: readonly [FakePlugin, FakePlugin];
let ratd: TestRatd;
let key: string;

beforeAll(async () => {
  database = await createTestDatabase();
  plugins = [await FakePlugin.start(), await FakePlugin.start()];
});
afterAll(async () => {
  for (const one of [...plugins, database]) await one[Symbol.asyncDispose]();
});
beforeEach(async () => {
  ratd = await startTestRatd(database.connectionString, yaml());
  key = await insertApiKey(database.connectionString, { userId: "olga", scopes: ["config:reload"] });
});
afterEach(() => ratd[Symbol.asyncDispose]());

/** The limits of operators are another test's. */
const UNLIMITED = { principal: { list: 0, get: 0, write: 0 } };
const yaml = (more: TestRatYaml = {}, plugin = plugins[0]): TestRatYaml => ({
  plugins: { auth: { image: "rat/fake:1", address: plugin.address, on_down: "deny" } },
  limits: UNLIMITED,
  ...more,
});
const ask = (path: string, options: CallOptions = {}) =>
  ratd.call(path, { ...options, headers: { "x-api-key": key, ...options.headers } });

describe("the difference", () => {
  it("is shown without being put in force, and a reload puts it in force", async () => {
    await ratd.configure(yaml({ edition: "pro", services: { api: "http://127.0.0.1:1/" } }));
    const changes = [
      { key: "edition", from: null, to: '"pro"', applies: "restart" },
      { key: "services.api", from: null, to: '"http://127.0.0.1:1/"', applies: "now" },
    ];
    expect((await ask(DIFF)).json).toEqual({ changes, total: 2 });
    expect((await ratd.call("/health")).json["services"]).not.toHaveProperty("api");
    const { status, json } = await ask(RELOAD, POST);
    expect([status, json]).toEqual([200, { changes, total: 2 }]);
    expect((await ratd.call("/health")).json["services"]).toHaveProperty("api");
    // What waits for a restart goes on being told.
    expect((await ask(DIFF)).json).toEqual({ changes: changes.slice(0, 1), total: 1 });
  });

  it("and everything else about a reload has no secret in it", async () => {
    const canaries = new SecretCanaries();
    const folder = dirname(ratd.file);
    const configure = async (time: string, wrong: object = {}) => {
      await writeFile(join(folder, "secret"), canaries.plain(`a file ${time}`));
      const { auth } = yaml().plugins ?? {};
      const config = { literal: canaries.plain(`a setting ${time}`), file: "${file:secret}" };
      const services = { a: `http://127.0.0.1:1/?token=${canaries.plain(`a query ${time}`)}` };
      const cloud = { image: "a:${file:secret}", address: plugins[1].address, config };
      await ratd.configure(yaml({ plugins: { auth: { ...auth }, cloud }, services, ...wrong }));
    };
    const answers: string[] = [];
    for (const time of ["first", "second"]) {
      await configure(time);
      answers.push((await ask(DIFF)).text, (await ask(RELOAD, POST)).text);
    }
    await configure("wrong", { log: { level: "${file:secret}" }, listen: "${file:secret}:1" });
    const refused = await ask(RELOAD, POST);
    expect(refused.text).toContain("${file:secret}");
    answers.push(refused.text, (await ask(DIFF)).text);
    await until(async () =>
      (await ratd.operate("/api/v1/audit?action=config.reload&result=refused")).text.includes("log.level"),
    );
    answers.push((await ratd.operate("/api/v1/audit")).text, JSON.stringify(ratd.log));
    expect(answers.join("").match(/plugins\.cloud\.config\.literal/g)?.length).toBeGreaterThan(3);
    expect(canaries.foundIn(answers.join("\n"))).toEqual([]);
  });
});

describe("who may", () => {
  it("needs the scope config:reload, which a role may hold", async () => {
    await ratd.configure(yaml({ role_permissions: { admin: ["config:reload"] } }));
    const other = await insertApiKey(database.connectionString, { scopes: ["audit:read", "plugins:admin"] });
    for (const [path, method] of [
      [DIFF, "GET"],
      [RELOAD, "POST"],
    ] as const) {
      const refused = await ratd.call(path, { method, headers: { "x-api-key": other } });
      expect([refused.status, refused.json["code"]]).toEqual([403, "scope_missing"]);
      expect((await ratd.call(path, { method, token: "user" })).status).toBe(403);
      expect((await ratd.call(path, { method })).status).toBe(401);
    }
    expect((await ask(RELOAD, POST)).json["total"]).toBe(1);
    expect((await ratd.call(DIFF, { token: "user" })).json["total"]).toBe(0);
  });

  it("is recorded: who asked, how, by which request, and what came of it", async () => {
    const headers = { "x-request-id": "reload-1" };
    await ratd.configure(yaml({ edition: "pro", services: { api: "http://127.0.0.1:1/" } }));
    await ask(RELOAD, { ...POST, headers });
    await ratd.configure(yaml({ limit: {}, servces: {} }));
    const refused = await ask(RELOAD, { ...POST, headers: { "x-request-id": "reload-2" } });
    expect([refused.status, refused.json["code"]]).toEqual([409, "reload_refused"]);
    expect(refused.json["detail"]).toMatch(/limit: unknown key.*\n.*servces: unknown key/);
    await ratd.call(RELOAD, { ...POST, token: "user", headers: { "x-request-id": "reload-3" } });
    const records = async () => {
      const { json } = await ratd.operate("/api/v1/audit?action=config.reload&limit=200");
      return (json["records"] as Record<string, unknown>[])
        .filter(({ request_id: id }) => String(id).startsWith("reload-"))
        .toReversed();
    };
    const found = await until(async () => ((await records()).length === 5 ? records() : undefined));
    const by = { actor: "olga", auth_mode: "api_key", key_id: key.split("_")[1], client: "127.0.0.1" };
    const of = { object_type: "config", object_id: "rat.yaml" };
    expect(found).toMatchObject([
      { request_id: "reload-1", result: "begun", ...by, ...of },
      {
        request_id: "reload-1",
        result: "ok",
        ...by,
        ...of,
        details: { changed: ["services.api"], needs_restart: ["edition"] },
      },
      { request_id: "reload-2", result: "begun", ...by, ...of },
      {
        request_id: "reload-2",
        result: "refused",
        ...by,
        details: { reason: String(refused.json["detail"]).replaceAll("\n", " ") },
      },
      { request_id: "reload-3", result: "refused", actor: "user-user", auth_mode: "plugin", status: 403 },
    ]);
  });
});

describe("a reload in bad times", () => {
  it("refuses what is no file that it can read", async () => {
    await rm(ratd.file);
    expect((await ask(RELOAD, POST)).json["detail"]).toMatch(/Cannot read .*rat\.yaml: ENOENT/);
    await mkdir(ratd.file);
    expect((await ask(RELOAD, POST)).json["detail"]).toMatch(/rat\.yaml: it is no regular file/);
    await rm(ratd.file, { recursive: true });
    await writeFile(ratd.file, "");
    await truncate(ratd.file, 50 * 1_048_576);
    for (const [path, method] of [
      [DIFF, "GET"],
      [RELOAD, "POST"],
    ] as const) {
      const { status, json } = await ask(path, { method });
      expect([status, json["code"]]).toEqual([409, "reload_refused"]);
      expect(json["detail"]).toMatch(/rat\.yaml: it is larger than 1 MiB/);
    }
    expect((await ratd.call("/api/v1/me", { token: "a" })).status).toBe(200);
  });

  it("fails no request under load, however many ask at once and by whatever way", async () => {
    const load = { on: true };
    const failed: string[] = [];
    let requests = 0;
    const client = async (number: number) => {
      while (load.on) {
        const { status, text } = await ratd.call("/api/v1/me", { token: `t${number}-${(requests += 1)}` });
        if (status !== 200) failed.push(text);
      }
    };
    const clients = Array.from({ length: 4 }, (_, number) => client(number));
    const answers: number[] = [];
    for (let round = 1; round <= 5; round += 1) {
      await ratd.configure(yaml({}, plugins[round % 2 === 0 ? 0 : 1]));
      const asked = Array.from({ length: 10 }, async () => (await ask(RELOAD, POST)).status);
      const signals = Array.from({ length: 10 }, () => ratd.ratd.live.reload(SIGNAL));
      answers.push(...(await Promise.all(asked)));
      await Promise.all(signals);
      expect((await ask(DIFF)).json["total"]).toBe(0);
      const before = requests;
      await until(() => requests > before + 50, { what: "load between two reloads", timeoutMs: 20_000 });
    }
    load.on = false;
    await Promise.all(clients);
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(failed).toEqual([]);
  });

  it("is not done by request while the database is away, but by signal", async () => {
    await using stack = new AsyncDisposableStack();
    const other = stack.use(await createTestDatabase());
    const proxy = stack.use(await createFaultProxy({ target: { path: other.socketPath } }));
    const { username } = new URL(other.connectionString);
    const roles = { role_permissions: { admin: ["config:reload"] } };
    const away = stack.use(
      await startTestRatd(`postgres://${username}@127.0.0.1:${proxy.port}/${other.name}`, yaml(roles)),
    );
    const diff = async () => (await away.call(DIFF, { token: "user" })).json["total"];
    expect(await diff()).toBe(0);
    await proxy.mode("refuse");
    await away.configure(yaml({ ...roles, services: { api: "http://127.0.0.1:1/" } }));
    const { status, json } = await away.call(RELOAD, { ...POST, token: "user" });
    expect([status, json["code"]]).toEqual([503, "audit_unavailable"]);
    expect(await diff()).toBe(1);
    await away.ratd.live.reload(SIGNAL);
    expect(await diff()).toBe(0);
    await proxy.mode("pass");
    const records = async () => {
      const { json: page } = await away.operate("/api/v1/audit?action=config.reload");
      return (page["records"] as Record<string, unknown>[]).toReversed();
    };
    const what = "the records of that time";
    await until(async () => (await records()).length === 3, { what, timeoutMs: 15_000 });
    expect((await records()).map((one) => [one["actor"], one["result"], one["status"]])).toEqual([
      ["user-user", "begun", null],
      ["user-user", "failed", 503],
      ["SIGHUP", "ok", null],
    ]);
  });
});
