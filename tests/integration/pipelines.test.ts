import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakePlugin } from "../support/fake-plugin.ts";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type CallOptions, type CallResult, type TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

let database: TestDatabase;
let rat: TestRatd;
let sql: Client;
let workspace: string;

beforeAll(async () => {
  database = await createTestDatabase();
  workspace = await mkdtemp(join(tmpdir(), "rat-workspace-"));
  rat = await startTestRatd(database.connectionString, {
    runs: { runners: [], workspace, upload_limit: 4096 },
  });
  sql = new Client({ connectionString: database.connectionString });
  sql.on("error", () => undefined);
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await rat[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await rm(workspace, { recursive: true, force: true });
});

const COMMAND = { kind: "command", spec: { argv: ["true"] } };
const API = "/api/v1/pipelines";
let made = 0;

/** Makes a pipeline of a new name. */
async function makePipeline(
  fields: object = {},
): Promise<{ path: string; name: string; answer: CallResult }> {
  const name = `p${made++}`;
  const answer = await rat.call(API, { body: { layer: "bronze", name, ...COMMAND, ...fields } });
  expect(answer.status, answer.text).toBe(201);
  return { path: `${API}/default/bronze/${name}`, name, answer };
}

const put = (path: string, body: object, options: CallOptions = {}) =>
  rat.call(path, { method: "PUT", body: { ...COMMAND, ...body }, ...options });
const argv = (...texts: string[]) => ({ spec: { argv: texts } });

describe("pipelines", () => {
  it("are made with their first version, in force at once", async () => {
    const { path, answer, name } = await makePipeline({ description: "first", message: "why" });
    expect(answer.headers.get("etag")).toBe('"v1"');
    expect(answer.headers.get("location")).toBe(path);
    const { json, headers } = await rat.call(path);
    expect(headers.get("etag")).toBe('"v1"');
    expect(json).toMatchObject({
      id: `default/bronze/${name}`,
      namespace: "default",
      layer: "bronze",
      description: "first",
      owner: "anonymous",
      max_running: null,
      kind: "command",
      latest_version: 1,
      published_version: 1,
      latest: {
        version: 1,
        kind: "command",
        spec: { argv: ["true"] },
        isolation: "process",
        timeout_seconds: 3600,
        max_attempts: 3,
        retry_on_failure: false,
        priority: 0,
        message: "why",
        created_by: "anonymous",
      },
    });
  });

  it.each([
    ["a name in capitals", { name: "Abc" }, "/name"],
    ["a long name", { name: `a${"b".repeat(63)}` }, "/name"],
    ["no layer", { layer: undefined }, "/layer"],
    ["an unknown kind", { kind: "python" }, "/kind"],
    ["a time limit of nothing", { timeout_seconds: 0 }, "/timeout_seconds"],
    ["a misspelled key", { timeout_secs: 5 }, "/timeout_secs"],
    ["a spec of another kind", { spec: { sql: "SELECT 1" } }, "/spec/argv"],
    ["NUL in the spec", { spec: { argv: ["a\0"] } }, "/spec/argv/0"],
    ["NUL in the description", { description: "a\0" }, "/description"],
    ["half a character in the spec", { spec: { argv: ["\ud800"] } }, "/spec/argv/0"],
    ["a spec that is none", { spec: [] }, "/spec"],
  ])("refuse %s, naming the field", async (_what, fields, pointer) => {
    const { status, json } = await rat.call(API, {
      body: { layer: "gold", name: "wrong", ...COMMAND, ...fields },
    });
    expect(status).toBe(422);
    expect(json["violations"]).toContainEqual(expect.objectContaining({ pointer }));
    expect((await rat.call(`${API}/default/gold/wrong`)).status).toBe(404);
  });

  it("name what was probably meant", async () => {
    const { json } = await rat.call(API, { body: { layer: "gold", name: "x", ...COMMAND, priorty: 1 } });
    expect(json["detail"]).toContain('did you mean "priority"?');
  });

  it("refuse a string of 1 MiB", async () => {
    const big = { kind: "sql", spec: { sql: "x".repeat(1_048_576) } };
    expect((await rat.call(API, { body: { layer: "gold", name: "big", ...big } })).status).toBe(413);
  });

  it("refuse a name that is taken and a namespace that is not there", async () => {
    const { name } = await makePipeline();
    const taken = await rat.call(API, { body: { layer: "bronze", name, ...COMMAND } });
    expect([taken.status, taken.json["code"]]).toEqual([409, "conflict"]);
    const body = { namespace: "nowhere", layer: "bronze", name, ...COMMAND };
    for (const query of ["", "?dry_run=true"]) {
      expect((await rat.call(API + query, { body })).json["detail"]).toContain('no namespace "nowhere"');
    }
  });

  it("say what would change, and change nothing", async () => {
    const body = { layer: "silver", name: "planned", ...COMMAND };
    const plan = await rat.call(`${API}?dry_run=true`, { body });
    expect(plan.status).toBe(200);
    expect(plan.json).toMatchObject({ dry_run: true, new_version: true, version: 1, published_version: 1 });
    expect((await rat.call(`${API}/default/silver/planned`)).status).toBe(404);
    await rat.call(API, { body });
    const path = `${API}/default/silver/planned`;
    const change = await put(`${path}?dry_run=true`, {
      ...argv("true", "-x"),
      description: "new",
      publish: true,
    });
    expect(change.json).toEqual({
      dry_run: true,
      new_version: true,
      version: 2,
      published_version: 2,
      changes: [
        { path: "/spec/argv/1", from: null, to: "-x" },
        { path: "/description", from: "", to: "new" },
      ],
    });
    expect((await put(`${path}?dry_run=true`, {})).json).toMatchObject({ new_version: false, changes: [] });
    expect((await rat.call(path)).json).toMatchObject({ latest_version: 1, description: "" });
    expect((await put(`${path}?dry_run=true`, {}, { headers: { "if-match": '"v9"' } })).status).toBe(412);
  });

  it("are removed unless runs are under way, and their name may be taken anew", async () => {
    const { path, name } = await makePipeline();
    const run = await rat.call("/api/v1/runs", { body: { layer: "bronze", pipeline: name } });
    expect(run.status).toBe(202);
    expect((await rat.call(path, { method: "DELETE" })).json["detail"]).toContain(
      "1 runs that have not ended",
    );
    await rat.call(`/api/v1/runs/${String(run.json["id"])}/cancel`, { method: "POST" });
    await until(async () => (await rat.call(path, { method: "DELETE" })).status === 204);
    expect((await rat.call(path)).status).toBe(404);
    expect((await rat.call(`/api/v1/runs/${String(run.json["id"])}`)).status).toBe(200);
    const again = await rat.call(API, { body: { layer: "bronze", name, ...COMMAND } });
    expect(again.json).toMatchObject({ latest_version: 1 });
  });

  it("are listed in stable pages while others are added, under the filters", async () => {
    const namespace = { name: "pages" };
    await rat.call("/api/v1/namespaces", { body: namespace });
    const add = (name: string, layer = "gold") =>
      rat.call(API, { body: { namespace: "pages", layer, name, description: `The ${name}`, ...COMMAND } });
    for (const name of ["b", "d", "f", "h"]) await add(name);
    await add("x", "bronze");
    const seen: string[] = [];
    let cursor: unknown;
    const added = ["a", "c", "e", "g", "z"];
    do {
      const next = typeof cursor === "string" ? `&cursor=${cursor}` : "";
      const { json } = await rat.call(`${API}?namespace=pages&layer=gold&limit=2${next}`);
      seen.push(...(json["pipelines"] as { name: string }[]).map(({ name }) => name));
      cursor = json["next_cursor"];
      await add(added.shift() ?? "y");
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((name) => ["b", "d", "f", "h"].includes(name))).toEqual(["b", "d", "f", "h"]);

    const found = await rat.call(`${API}?namespace=pages&q=THE%20X`);
    expect((found.json["pipelines"] as unknown[]).length).toBe(1);
    expect((await rat.call(`${API}?namespace=pages&kind=sql`)).json).toEqual({
      pipelines: [],
      next_cursor: null,
    });
    const { json } = await rat.call(`${API}?namespace=pages&limit=1`);
    const foreign = await rat.call(`${API}?namespace=default&cursor=${String(json["next_cursor"])}`);
    expect([foreign.status, foreign.json["code"]]).toEqual([400, "bad_request"]);
    expect((await rat.call(`${API}?limit=201`)).status).toBe(400);
    expect((await rat.call(`${API}?q=%00`)).status).toBe(400);
  });
});

describe("versions", () => {
  it("are made by every change, and not by none", async () => {
    const { path } = await makePipeline();
    const same = await put(path, { message: "again", description: "words" });
    expect(same.json).toMatchObject({ latest_version: 1, description: "words", latest: { message: "" } });
    const changed = await put(path, { ...argv("false"), message: "why" });
    expect(changed.headers.get("etag")).toBe('"v2"');
    expect(changed.json).toMatchObject({ latest_version: 2, published_version: 1, description: "words" });
    expect((await rat.call(`${path}/versions/1`)).json).toMatchObject({
      version: 1,
      spec: { argv: ["true"] },
    });
    const { json } = await rat.call(`${path}/versions`);
    expect((json["versions"] as { version: number }[]).map(({ version }) => version)).toEqual([2, 1]);
    expect((await rat.call(`${path}/versions/3`)).status).toBe(404);
    const first = await rat.call(`${path}/versions?limit=1`);
    const second = await rat.call(`${path}/versions?limit=1&cursor=${String(first.json["next_cursor"])}`);
    expect(second.json).toMatchObject({ versions: [{ version: 1 }], next_cursor: null });
  });

  it("never change, not even in SQL", async () => {
    await makePipeline();
    await expect(sql.query("UPDATE pipeline_versions SET message = 'x'")).rejects.toThrow("never change");
  });

  it("are refused to who has not seen the latest", async () => {
    const { path } = await makePipeline();
    const mine = { headers: { "if-match": '"v1"' } };
    expect((await put(path, argv("a"), mine)).status).toBe(200);
    const stale = await put(path, argv("b"), mine);
    expect([stale.status, stale.json["code"]]).toEqual([412, "precondition_failed"]);
    expect(stale.json["detail"]).toContain('"v2"');
    for (const action of ["publish", "rollback"]) {
      expect((await rat.call(`${path}/${action}`, { method: "POST", ...mine })).status).toBe(412);
    }
    expect((await rat.call(path, { method: "DELETE", ...mine })).status).toBe(412);
    expect((await put(path, argv("c"), { headers: { "if-match": '"v1", "v2"' } })).status).toBe(200);
    expect((await put(path, argv("d"), { headers: { "if-match": "*" } })).status).toBe(200);
  });

  it("lose none when many change at once", async () => {
    const { path } = await makePipeline();
    const texts = Array.from({ length: 20 }, (_, at) => `change-${at}`);
    const answers = await Promise.all(texts.map((text) => put(path, argv(text))));
    expect(answers.map(({ status }) => status)).toEqual(texts.map(() => 200));
    const { json } = await rat.call(`${path}/versions?limit=50`);
    const versions = json["versions"] as { version: number; spec: { argv: string[] } }[];
    expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: 21 }, (_, at) => 21 - at));
    expect(versions.flatMap(({ spec }) => spec.argv).toSorted()).toEqual(["true", ...texts].toSorted());
    const same = { headers: { "if-match": '"v21"' } };
    const raced = await Promise.all(texts.map((text) => put(path, argv(text, "2"), same)));
    expect(raced.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array(19).fill(412),
    ]);
  });

  it("are compared, published and rolled back", async () => {
    const { path } = await makePipeline();
    await put(path, { ...argv("b"), priority: 5 });
    const diff = await rat.call(`${path}/diff`);
    expect(diff.json).toEqual({
      from: 1,
      to: 2,
      changes: [
        { path: "/spec/argv/0", from: "true", to: "b" },
        { path: "/priority", from: 0, to: 5 },
      ],
    });
    expect((await rat.call(`${path}/diff?from=2&to=2`)).json).toEqual({ from: 2, to: 2, changes: [] });
    expect((await rat.call(`${path}/diff?from=9`)).status).toBe(404);
    const post = (action: string, body?: object) => rat.call(`${path}/${action}`, { method: "POST", body });
    expect((await post("rollback")).status).toBe(409);
    expect((await post("rollback", { version: 2 })).json["detail"]).toContain("publish it instead");
    expect((await post("publish", { version: 3 })).status).toBe(404);
    expect((await post("publish")).json).toMatchObject({ published_version: 2 });
    expect((await post("publish")).json).toMatchObject({ published_version: 2 });
    expect((await post("rollback")).json).toMatchObject({ published_version: 1, latest_version: 2 });
    const { json } = await rat.call(`${path}/publications`);
    expect(
      (json["publications"] as { action: string; version: number }[]).map((row) => [row.action, row.version]),
    ).toEqual([
      ["rollback", 1],
      ["publish", 2],
      ["publish", 1],
    ]);
  });

  it("may wait for their publication", async () => {
    const { path, name, answer } = await makePipeline({ publish: false });
    expect(answer.json["published_version"]).toBeNull();
    expect((await rat.call(`${path}/diff`)).status).toBe(409);
    const run = await rat.call("/api/v1/runs", { body: { layer: "bronze", pipeline: name } });
    expect(run.json["detail"]).toContain("No version");
    expect((await put(path, { publish: true })).json).toMatchObject({ published_version: 1 });
  });
});

describe("namespaces", () => {
  const NS = "/api/v1/namespaces";

  it("are made, changed, listed and removed", async () => {
    const made = await rat.call(NS, { body: { name: "team", description: "ours", max_running: 3 } });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      name: "team",
      description: "ours",
      max_running: 3,
      owner: "anonymous",
    });
    expect((await rat.call(NS, { body: { name: "team" } })).status).toBe(409);
    const patch = (body: object) => rat.call(`${NS}/team`, { method: "PATCH", body });
    expect((await patch({ description: "theirs" })).json).toMatchObject({
      description: "theirs",
      max_running: 3,
    });
    expect((await patch({ max_running: null })).json).toMatchObject({
      description: "theirs",
      max_running: null,
    });
    expect((await patch({ max_runing: 1 })).status).toBe(422);
    const { json } = await rat.call(NS);
    expect((json["namespaces"] as { name: string }[]).map(({ name }) => name)).toContain("team");
    expect((await rat.call(`${NS}/team`, { method: "DELETE" })).status).toBe(204);
    expect((await rat.call(`${NS}/team`)).status).toBe(404);
  });

  it("stay while they have pipelines or files, and the default one always", async () => {
    await rat.call(NS, { body: { name: "busy" } });
    await rat.call(API, { body: { namespace: "busy", layer: "gold", name: "p", ...COMMAND } });
    await rat.call(`${NS}/busy/files/raw/a`, { method: "PUT", body: "x" });
    const remove = async () => (await rat.call(`${NS}/busy`, { method: "DELETE" })).json["detail"];
    expect(await remove()).toContain("1 pipelines");
    await rat.call(`${API}/busy/gold/p`, { method: "DELETE" });
    expect(await remove()).toContain("has files");
    await rat.call(`${NS}/busy/files/raw/a`, { method: "DELETE" });
    expect(await remove()).toBeUndefined();
    expect((await rat.call(`${NS}/busy`)).status).toBe(404);
    expect(existsSync(join(workspace, "busy"))).toBe(false);
    expect((await rat.call(`${NS}/default`, { method: "DELETE" })).status).toBe(409);
  });
});

describe("the files of a namespace", () => {
  const FILES = "/api/v1/namespaces/default/files";
  const store = (path: string, body: string, headers = {}) =>
    fetch(`${rat.url}${FILES}/${path}`, { method: "PUT", body, headers });

  it("are stored as they come, listed and read back", async () => {
    const content = `{"not": "parsed"`;
    expect((await store("raw/in/a.json", content, { "content-type": "application/json" })).status).toBe(201);
    expect((await store("raw/in/a.json", content)).status).toBe(200);
    expect((await store("raw/in/empty", "")).status).toBe(201);
    const read = await rat.call(`${FILES}/raw/in/a.json`);
    expect(read.text).toBe(content);
    expect(read.headers.get("content-type")).toBe("application/octet-stream");
    expect((await rat.call(`${FILES}/raw/in/empty`)).text).toBe("");
    const first = await rat.call(`${FILES}?prefix=raw/in/&limit=1`);
    expect(first.json["files"]).toMatchObject([{ path: "raw/in/a.json", size: content.length }]);
    const cursor = String(first.json["next_cursor"]);
    const second = await rat.call(`${FILES}?prefix=raw/in/&cursor=${cursor}`);
    expect(second.json).toMatchObject({ files: [{ path: "raw/in/empty", size: 0 }], next_cursor: null });
    expect((await rat.call(`${FILES}?cursor=${cursor}`)).status).toBe(400);
    expect((await rat.call(`${FILES}/raw/in/a.json`, { method: "DELETE" })).status).toBe(204);
    expect((await rat.call(`${FILES}/raw/in/a.json`)).status).toBe(404);
    expect((await rat.call("/api/v1/namespaces/none/files/raw/a", { method: "PUT", body: "x" })).status).toBe(
      404,
    );
  });

  it.each([
    "raw/%2e%2e/x",
    "raw/..%2fx",
    "%2fetc/passwd",
    "raw/%00",
    "raw/a%0a",
    "raw/",
    "silver/x",
    "raw//x",
  ])("are not stored at %s", async (path) => {
    const { status } = await store(path, "x");
    expect([400, 404]).toContain(status);
  });

  it("are cut off at the limit, told in advance or not", async () => {
    const told = await store("raw/big", "x".repeat(5000));
    expect([told.status, ((await told.json()) as { code: string }).code]).toEqual([413, "payload_too_large"]);
    expect(await stream("raw/big", 5000)).toBe(413);
    expect(existsSync(join(workspace, "default/raw/big"))).toBe(false);
    expect((await store("raw/fits", "x".repeat(4096))).status).toBe(201);
  });

  it("leave nothing when the upload breaks off", async () => {
    await expect(stream("torn/a", 100)).resolves.toBe(400);
    await store("raw/torn/whole", "x");
    const call = httpRequest(`${rat.url}${FILES}/raw/torn/part`, { method: "PUT" });
    call.on("error", () => undefined);
    call.write("half");
    const folder = join(workspace, "default/raw/torn");
    await until(async () => (await readdir(folder)).length === 2, { what: "The upload" });
    call.destroy();
    await until(async () => (await readdir(folder)).length === 1, { what: "The clean-up" });
    expect(await readdir(folder)).toEqual(["whole"]);
  });

  it("are never behind a link", async () => {
    const outside = join(workspace, "outside");
    await mkdir(outside);
    await mkdir(join(workspace, "default/raw"), { recursive: true });
    await symlink(outside, join(workspace, "default/raw/link"));
    expect((await store("raw/link/x", "x")).status).toBe(409);
    expect((await rat.call(`${FILES}/raw/link`)).status).toBe(404);
    expect(await readdir(outside)).toEqual([]);
  });

  it("keep their content over many uploads at once", async () => {
    const texts = Array.from({ length: 10 }, (_, at) => String(at).repeat(4000));
    await Promise.all(texts.map((text) => store("raw/race", text)));
    const { text } = await rat.call(`${FILES}/raw/race`);
    const hash = (value: string) => createHash("sha256").update(value).digest("hex");
    expect(texts.map(hash)).toContain(hash(text));
    const names = await readdir(join(workspace, "default/raw"));
    expect(names.filter((name) => name.startsWith("."))).toEqual([]);
  });

  /** Sends a body without telling its length. */
  function stream(path: string, bytes: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const call = httpRequest(`${rat.url}${FILES}/${path}`, { method: "PUT" }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on("error", reject);
    call.write("x".repeat(bytes));
    call.end();
    return promise;
  }
});

describe("with an enforcement plugin", () => {
  it("asks about each pipeline, and lists only what may be read", async () => {
    await using plugin = await FakePlugin.start();
    const { address } = plugin;
    await using rat = await startTestRatd(database.connectionString, {
      plugins: { enforcement: { image: "rat/the-enforcement:1", address } },
      cache: { ttl: "0s" },
    });
    const { name } = await makePipeline();
    const id = `default/bronze/${name}`;
    const listed = async () => (await rat.call(`${API}?q=${name}`)).json["pipelines"];
    expect(await listed()).toMatchObject([{ id }]);
    const trigger = await rat.call(`${API}/${id}/triggers`, { body: { kind: "webhook" } });
    const triggerPath = `/api/v1/triggers/${String(trigger.json["id"])}`;
    expect((await rat.call(triggerPath)).status).toBe(200);
    plugin.denied.add(id);
    expect(await listed()).toEqual([]);
    for (const path of [`${API}/${id}`, `${API}/${id}/versions`, `${API}/${id}/triggers`, triggerPath]) {
      const { status, json } = await rat.call(path);
      const what = path === triggerPath ? `trigger "${String(trigger.json["id"])}"` : `pipeline ${id}`;
      expect([status, json["detail"]]).toEqual([404, `There is no ${what}.`]);
    }
    const upstream = { kind: "upstream", config: { pipeline: id } };
    const { name: other } = await makePipeline();
    const made = await rat.call(`${API}/default/bronze/${other}/triggers`, { body: upstream });
    expect(made.status).toBe(404);
    plugin.denied.add("default");
    for (const path of ["/api/v1/namespaces/default", "/api/v1/namespaces/default/files/raw/fits"]) {
      expect((await rat.call(path)).status).toBe(404);
    }
  });
});

it("answers 503 while the database is away, and recovers", async () => {
  await using stack = new AsyncDisposableStack();
  const other = stack.use(await createTestDatabase());
  const proxy = stack.use(await createFaultProxy({ target: { path: other.socketPath } }));
  const { username } = new URL(other.connectionString);
  const rat = stack.use(await startTestRatd(`postgres://${username}@127.0.0.1:${proxy.port}/${other.name}`));
  expect((await rat.call(API)).status).toBe(200);
  await proxy.mode("refuse");
  for (const path of [API, `${API}/default/gold/x`, "/api/v1/namespaces", "/api/v1/triggers"]) {
    const away = await rat.call(path);
    expect([away.status, away.json["code"]]).toEqual([503, "database_unavailable"]);
    expect(away.headers.get("retry-after")).not.toBeNull();
  }
  await proxy.mode("pass");
  await until(async () => (await rat.call(API)).status === 200, { timeoutMs: 15_000 });
});
