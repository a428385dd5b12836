import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { promisify } from "node:util";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EventBus, type RatEvent } from "../../services/ratd/src/events/event-bus.ts";
import { systemClock, type Clock } from "../../services/ratd/src/platform/clock.ts";
import { openDatabase } from "../../services/ratd/src/platform/database/open-database.ts";
import { silentLogger } from "../../services/ratd/src/platform/logger.ts";
import { Schema } from "../../services/ratd/src/schema/schema.ts";
import { EventTriggers } from "../../services/ratd/src/triggers/event-triggers.ts";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { FakePlugin } from "../support/fake-plugin.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type CallResult, type TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

/** A machine whose clock goes wrong. */
const shifted = (ms: number): Clock => ({ ...systemClock, now: () => systemClock.now() + ms });

let stack: AsyncDisposableStack;
let database: TestDatabase;
let sql: Client;
/** Two replicas: one is 90 s ahead, one 90 s behind. */
let rat: TestRatd;
let other: TestRatd;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  database = stack.use(await createTestDatabase());
  const yaml = { runs: { runners: [], poll: "50ms" } };
  rat = stack.use(await startTestRatd(database.connectionString, yaml, { clock: shifted(90_000) }));
  other = stack.use(await startTestRatd(database.connectionString, yaml, { clock: shifted(-90_000) }));
  sql = new Client({ connectionString: database.connectionString });
  sql.on("error", () => undefined);
  await sql.connect();
  stack.defer(() => sql.end());
});
afterAll(() => stack.disposeAsync());

const COMMAND = { kind: "command", spec: { argv: ["true"] } };
let made = 0;

async function makePipeline(fields: object = {}): Promise<string> {
  const name = `t${made++}`;
  const { status, text } = await rat.call("/api/v1/pipelines", {
    body: { layer: "bronze", name, ...COMMAND, ...fields },
  });
  expect(status, text).toBe(201);
  return `default/bronze/${name}`;
}

const make = (pipeline: string, kind: string, config: object = {}, more: object = {}): Promise<CallResult> =>
  rat.call(`/api/v1/pipelines/${pipeline}/triggers`, { body: { kind, config, ...more } });

async function makeTrigger(
  kind: string,
  config: object = {},
  pipeline?: string,
): Promise<CallResult["json"] & { id: string; path: string }> {
  const { status, json, text } = await make(pipeline ?? (await makePipeline()), kind, config);
  expect(status, text).toBe(201);
  const id = String(json["id"]);
  return { ...json, id, path: `/api/v1/triggers/${id}` };
}

interface RunRow {
  readonly id: string;
  readonly fire_key: string;
  readonly env: Record<string, string>;
  readonly created_at: Date;
}

async function runsOf(trigger: string): Promise<RunRow[]> {
  const { rows } = await sql.query<RunRow>("SELECT * FROM runs WHERE trigger_id = $1 ORDER BY id", [trigger]);
  return rows;
}

const post = (path: string) => rat.call(path, { method: "POST" });

describe("a trigger", () => {
  it.each([
    ["cron", {}, "/config/schedule"],
    ["cron", { schedule: "* * * *" }, "/config/schedule"],
    ["cron", { schedule: "* * * * *", time_zone: "Mars/Base" }, "/config/time_zone"],
    ["cron", { schedule: "* * * * *", catch_up: "some" }, "/config/catch_up"],
    ["cron", { schedule: "* * * * *", timezone: "UTC" }, "/config/timezone"],
    ["webhook", { verify: "none" }, "/config/verify"],
    ["upstream", { pipeline: "a/b" }, "/config/pipeline"],
    ["event", { event: "plugin.health.gone" }, "/config/event"],
    ["event", { event: "trigger.fired" }, "/config/event"],
    ["event", { event: "slot.fallback", min_interval_seconds: 0 }, "/config/min_interval_seconds"],
    ["manual", {}, "/kind"],
  ])("of kind %s with %j is refused, naming the field", async (kind, config, pointer) => {
    const { status, json } = await make(await makePipeline(), kind, config);
    expect(status).toBe(422);
    expect(json["violations"]).toContainEqual(expect.objectContaining({ pointer }));
  });

  it("needs a pipeline", async () => {
    expect((await make("default/gold/none", "webhook")).status).toBe(404);
    expect((await rat.call("/api/v1/triggers/trg_000000000000000000000000")).status).toBe(404);
    expect((await rat.call("/api/v1/triggers/x%00")).status).toBe(422);
  });

  it("is shown, changed, listed and removed", async () => {
    const pipeline = await makePipeline();
    const { id, path } = await makeTrigger(
      "cron",
      { schedule: "0 6 * * *", time_zone: "Europe/Berlin" },
      pipeline,
    );
    const { json } = await rat.call(path);
    expect(json).toMatchObject({
      id,
      pipeline,
      kind: "cron",
      config: { schedule: "0 6 * * *", time_zone: "Europe/Berlin", catch_up: "last" },
      paused: false,
      last_fired_at: null,
      last_run_id: null,
      last_error: "",
    });
    expect(json["next_fires"]).toHaveLength(5);
    const patched = await rat.call(path, { method: "PATCH", body: { config: { time_zone: "UTC" } } });
    expect(patched.json).toMatchObject({ config: { schedule: "0 6 * * *", time_zone: "UTC" } });
    expect((patched.json["next_fires"] as string[])[0]).toMatch(/T06:00:00\.000Z$/);
    expect((await rat.call(path, { method: "PATCH", body: { config: { schedule: "x" } } })).status).toBe(422);
    expect((await rat.call(path, { method: "PATCH", body: { pause: true } })).status).toBe(422);
    await makeTrigger("webhook", {}, pipeline);
    const ids = async (query: string) =>
      ((await rat.call(query)).json["triggers"] as { id: string }[]).map((trigger) => trigger.id);
    expect(await ids(`/api/v1/pipelines/${pipeline}/triggers`)).toHaveLength(2);
    const name = pipeline.split("/").at(-1);
    expect(await ids(`/api/v1/triggers?pipeline=${name}&kind=cron&paused=false`)).toEqual([id]);
    const first = await rat.call(`/api/v1/triggers?pipeline=${name}&limit=1`);
    const cursor = String(first.json["next_cursor"]);
    const rest = await ids(`/api/v1/triggers?pipeline=${name}&limit=1&cursor=${cursor}`);
    expect([
      ...(first.json["triggers"] as { id: string }[]).map((trigger) => trigger.id),
      ...rest,
    ]).toHaveLength(2);
    expect((await rat.call(`/api/v1/triggers?cursor=${cursor}`)).status).toBe(400);
    expect((await rat.call(path, { method: "DELETE" })).status).toBe(204);
    expect((await rat.call(path)).status).toBe(404);
  });

  it("fires by hand, once for each Idempotency-Key", async () => {
    const { id, path } = await makeTrigger("webhook");
    expect((await post(`${path}/fire`)).status).toBe(202);
    const keyed = { method: "POST", headers: { "idempotency-key": "k1" } };
    const [one, two] = await Promise.all([
      rat.call(`${path}/fire`, keyed),
      other.call(`${path}/fire`, keyed),
    ]);
    expect([one.status, two.status].toSorted((a, b) => a - b)).toEqual([200, 202]);
    expect(one.json["run_id"]).toBe(two.json["run_id"]);
    expect(await runsOf(id)).toHaveLength(2);
    expect((await rat.call(path)).json["last_run_id"]).toBe(one.json["run_id"]);
  });

  it("says why it started nothing", async () => {
    const { id, path } = await makeTrigger("webhook", {}, await makePipeline({ publish: false }));
    const fire = await post(`${path}/fire`);
    expect([fire.status, fire.json["code"]]).toEqual([409, "conflict"]);
    expect((await rat.call(path)).json["last_error"]).toBe("no published version");
    expect(await runsOf(id)).toEqual([]);
  });

  it("goes with its pipeline", async () => {
    const pipeline = await makePipeline();
    const { path } = await makeTrigger("webhook", {}, pipeline);
    expect((await rat.call(`/api/v1/pipelines/${pipeline}`, { method: "DELETE" })).status).toBe(204);
    expect((await rat.call(path)).status).toBe(404);
  });
});

describe("a cron trigger", () => {
  it("fires once each time, whatever the number of ratd and their clocks", async () => {
    const { id, path } = await makeTrigger("cron", { schedule: "* * * * * *" });
    const times = await until(async () => {
      const runs = await runsOf(id);
      return runs.length >= 3 ? runs : undefined;
    });
    await post(`${path}/pause`);
    expect(new Set(times.map((run) => run.fire_key)).size).toBe(times.length);
    for (const run of times) {
      expect(run.env).toEqual({ RAT_FIRE_TIME: run.fire_key });
      const lateMs = run.created_at.getTime() - Date.parse(run.fire_key);
      expect(lateMs).toBeGreaterThanOrEqual(0);
      // Far less than either clock is off.
      expect(lateMs).toBeLessThan(30_000);
    }
  });

  it.each([
    ["last", 1],
    ["all", 10],
  ])("catches up %s after an outage", async (catch_up, runs) => {
    const { id, path } = await makeTrigger("cron", { schedule: "* * * * *", catch_up });
    await sql.query(
      "UPDATE triggers SET next_fire_at = date_trunc('minute', clock_timestamp()) - interval '9 minutes' WHERE id = $1",
      [id],
    );
    await until(async () => (await runsOf(id)).length >= runs);
    const { json } = await rat.call(path);
    expect(Date.parse(String((json["next_fires"] as string[])[0]))).toBeGreaterThan(Date.now());
    await post(`${path}/pause`);
    const keys = (await runsOf(id)).map((run) => Date.parse(run.fire_key));
    // A minute may have begun meanwhile.
    expect([runs, runs + 1]).toContain(keys.length);
    expect(keys.map((key) => (key - (keys[0] ?? 0)) / 60_000)).toEqual(keys.map((_, at) => at));
  });

  it("catches up none", async () => {
    const minute = (new Date().getUTCMinutes() + 30) % 60;
    const { id } = await makeTrigger("cron", { schedule: `${minute} * * * *`, catch_up: "none" });
    await sql.query("UPDATE triggers SET next_fire_at = next_fire_at - interval '2 hours' WHERE id = $1", [
      id,
    ]);
    await until(async () => {
      const { rows } = await sql.query("SELECT 1 FROM triggers WHERE id = $1 AND next_fire_at > now()", [id]);
      return rows.length === 1;
    });
    expect(await runsOf(id)).toEqual([]);
  });

  it("does not fire while paused, and starts anew from now", async () => {
    const { id, path } = await makeTrigger("cron", { schedule: "* * * * *" });
    expect((await post(`${path}/pause`)).json).toMatchObject({ paused: true, next_fires: [] });
    await sql.query(
      "UPDATE triggers SET next_fire_at = clock_timestamp() - interval '1 hour' WHERE id = $1",
      [id],
    );
    const { id: witness } = await makeTrigger("cron", { schedule: "* * * * * *" });
    await until(async () => (await runsOf(witness)).length >= 2);
    await post(`/api/v1/triggers/${witness}/pause`);
    const resumed = await post(`${path}/resume`);
    expect(resumed.json["next_fires"]).toHaveLength(5);
    const { rows } = await sql.query(
      "SELECT next_fire_at > clock_timestamp() AS later FROM triggers WHERE id = $1",
      [id],
    );
    expect(rows).toEqual([{ later: true }]);
    expect(await runsOf(id)).toEqual([]);
  });

  it("tells of a fire that starts nothing, and goes on", async () => {
    const { id, path } = await makeTrigger(
      "cron",
      { schedule: "* * * * * *" },
      await makePipeline({ publish: false }),
    );
    const shown = await until(async () => {
      const { json } = await rat.call(path);
      return json["last_error"] === "" ? undefined : json;
    });
    expect(shown["last_error"]).toBe("no published version");
    await rat.call(`/api/v1/pipelines/${String(shown["pipeline"])}/publish`, { method: "POST" });
    await until(async () => (await runsOf(id)).length > 0);
    await post(`${path}/pause`);
    expect((await rat.call(path)).json["last_error"]).toBe("");
  });
});

describe("a webhook", () => {
  const now = () => String(Math.floor(Date.now() / 1000));
  const signature = (secret: unknown, timestamp: string, body: string) =>
    `sha256=${createHmac("sha256", String(secret)).update(`${timestamp}.${body}`).digest("hex")}`;
  const call = (id: string, headers: Record<string, string>, body: string | Uint8Array = "", from = rat) =>
    fetch(`${from.url}/api/v1/webhooks/${id}`, { method: "POST", headers, body });
  const bearer = (token: unknown) => ({ authorization: `Bearer ${String(token)}` });
  const signed = (secret: unknown, body: string, timestamp = now(), more = {}) => ({
    "x-rat-timestamp": timestamp,
    "x-rat-signature": signature(secret, timestamp, body),
    ...more,
  });
  const runId = async (answer: Response) => ((await answer.json()) as { run_id: string }).run_id;

  it("starts a run for its token, which is shown once and kept as a hash", async () => {
    const { id, path, token, secret } = await makeTrigger("webhook");
    expect(token).toMatch(/^rat_hook_[\w-]{43}$/);
    expect(secret).toMatch(/^rat_sign_[\w-]{43}$/);
    const shown = await rat.call(path);
    expect(shown.text).not.toContain("rat_");
    const { rows } = await sql.query("SELECT t::text AS row FROM triggers t WHERE id = $1", [id]);
    expect(JSON.stringify(rows)).not.toContain(String(token));
    const answer = await call(id, { ...bearer(token), "content-type": "application/json" }, '{"a": "ä"}');
    expect(answer.status).toBe(202);
    const [run] = await runsOf(id);
    expect(run).toMatchObject({ id: await runId(answer), env: { RAT_WEBHOOK_BODY: '{"a": "ä"}' } });
    // Any ratd of the database takes it.
    expect((await call(id, bearer(token), "", other)).status).toBe(202);
  });

  it("answers every wrong call alike, also for a trigger that is not there", async () => {
    const hook = await makeTrigger("webhook", { verify: "both" });
    const cron = await makeTrigger("cron", { schedule: "0 0 1 1 *" });
    const good = { ...bearer(hook["token"]), ...signed(hook["secret"], "b") };
    const answers = await Promise.all([
      call(hook.id, {}),
      call(hook.id, bearer("rat_hook_wrong"), "b"),
      call(hook.id, bearer(hook["token"]), "b"),
      call(hook.id, signed(hook["secret"], "b"), "b"),
      call(hook.id, good, "B"),
      call(cron.id, good, "b"),
      call("trg_000000000000000000000000", good, "b"),
      call("x%00", good, "b"),
    ]);
    const told = await Promise.all(
      answers.map(async (answer) => ({ status: answer.status, ...((await answer.json()) as object) })),
    );
    for (const problem of told) {
      expect(problem).toMatchObject({
        status: 401,
        code: "unauthenticated",
        detail: (told[0] as { detail?: string }).detail,
      });
    }
    expect(await runsOf(hook.id)).toEqual([]);
    expect((await call(hook.id, good, "b")).status).toBe(202);
  });

  it("takes a signature that is fresh, of this body and this secret", async () => {
    const { id, secret } = await makeTrigger("webhook", { verify: "hmac" });
    const elsewhere = await makeTrigger("webhook", { verify: "hmac" });
    const at = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);
    const statuses = async (...headers: Record<string, string>[]) =>
      Promise.all(headers.map(async (one) => (await call(id, one, "body")).status));
    expect(
      await statuses(
        signed(secret, "body", at(-400)),
        signed(secret, "body", at(400)),
        signed(secret, "other"),
        signed(elsewhere["secret"], "body"),
        { ...signed(secret, "body"), "x-rat-timestamp": at(-5) },
        signed(secret, "body", "x"),
        { "x-rat-signature": signature(secret, "", "body") },
      ),
    ).toEqual([401, 401, 401, 401, 401, 401, 401]);
    expect(await statuses(signed(secret, "body", at(-200)), signed(secret, "body", at(200)))).toEqual([
      202, 202,
    ]);
  });

  it("starts a delivery once, however often and wherever it comes", async () => {
    const { id, token } = await makeTrigger("webhook");
    const headers = { ...bearer(token), "x-rat-delivery": "d-1" };
    const answers = await Promise.all(
      [rat, other, rat, other, rat].map((one) => call(id, headers, "x", one)),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 200, 202]);
    expect(new Set(await Promise.all(answers.map(runId))).size).toBe(1);
    const again = await call(id, { ...bearer(token), "idempotency-key": "d-1" });
    expect([again.status, again.headers.get("idempotent-replay")]).toEqual([200, "true"]);
    expect((await call(id, { ...bearer(token), "x-rat-delivery": "d-2" })).status).toBe(202);
    expect((await call(id, { ...bearer(token), "x-rat-delivery": "d 2" })).status).toBe(400);
    expect(await runsOf(id)).toHaveLength(2);
  });

  it("takes what was signed once, also under another name of the delivery", async () => {
    const { id, secret } = await makeTrigger("webhook", { verify: "hmac" });
    const headers = signed(secret, "x");
    const names = ["a", "b", "c", "d"];
    const answers = await Promise.all(
      names.map((name) => call(id, { ...headers, "x-rat-delivery": name }, "x")),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 202]);
    expect(new Set(await Promise.all(answers.map(runId))).size).toBe(1);
    expect((await call(id, headers, "x")).status).toBe(200);
    expect(await runsOf(id)).toHaveLength(1);
  });

  it("hands on only bodies that a variable can hold", async () => {
    const { id, token } = await makeTrigger("webhook");
    const bodies = ["a\0b", "x".repeat(65_537), new Uint8Array([0xff, 0xfe]), "", "text"];
    for (const body of bodies) expect((await call(id, bearer(token), body)).status).toBe(202);
    expect((await runsOf(id)).map(({ env }) => env)).toEqual([{}, {}, {}, {}, { RAT_WEBHOOK_BODY: "text" }]);
    expect((await call(id, bearer(token), "x".repeat(300_000))).status).toBe(413);
  });

  it("has new secrets after a rotation, and the old ones end", async () => {
    const { id, path, token, secret } = await makeTrigger("webhook", { verify: "both" });
    const rotated = await post(`${path}/rotate`);
    expect(rotated.headers.get("cache-control")).toBe("no-store");
    expect((await call(id, { ...bearer(token), ...signed(secret, "x") }, "x")).status).toBe(401);
    const mixed = [
      { ...bearer(token), ...signed(rotated.json["secret"], "x") },
      { ...bearer(rotated.json["token"]), ...signed(secret, "x") },
    ];
    for (const headers of mixed) expect((await call(id, headers, "x")).status).toBe(401);
    const fresh = { ...bearer(rotated.json["token"]), ...signed(rotated.json["secret"], "x") };
    expect((await call(id, fresh, "x")).status).toBe(202);
    const cron = await makeTrigger("cron", { schedule: "0 0 1 1 *" });
    expect((await post(`${cron.path}/rotate`)).status).toBe(409);
  });

  it("does not fire while paused, and says so to who may know", async () => {
    const { id, path, token } = await makeTrigger("webhook");
    await post(`${path}/pause`);
    expect((await call(id, bearer(token))).status).toBe(409);
    expect((await call(id, bearer("wrong"))).status).toBe(401);
    await post(`${path}/resume`);
    expect((await call(id, bearer(token))).status).toBe(202);
  });

  it("is called as the how-to page says", async () => {
    const page = await readFile(new URL("../../docs/how-to/trigger-pipelines.md", import.meta.url), "utf8");
    const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
    const calls = blocks.filter((block) => block.includes("/webhooks/$ID"));
    expect(calls).toHaveLength(2);
    const { id, token, secret } = await makeTrigger("webhook", { verify: "hmac" });
    const env = { ...process.env, RAT: `${rat.url}/api/v1`, SECRET: String(secret), TOKEN: String(token) };
    const run = async (script = "", more = {}) =>
      JSON.parse(
        (await promisify(execFile)("sh", ["-c", script], { env: { ...env, ...more } })).stdout,
      ) as object;
    const byToken = await makeTrigger("webhook");
    const tokenEnv = { ID: byToken.id, TOKEN: String(byToken["token"]) };
    expect(await run(calls[0], tokenEnv)).toEqual({ run_id: (await runsOf(byToken.id))[0]?.id });
    expect(await run(calls[1], { ID: id })).toEqual({ run_id: (await runsOf(id))[0]?.id });
  });

  it("counts towards the rate of its caller's address", async () => {
    await using limited = await startTestRatd(database.connectionString, {
      runs: { runners: [] },
      limits: { rate: 3 },
    });
    const { id } = await makeTrigger("webhook");
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await call(id, bearer("guess"), "", limited)).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
  });

  it("stands outside the auth slot; what manages it does not", async () => {
    await using plugin = await FakePlugin.start();
    const { address } = plugin;
    await using guarded = await startTestRatd(database.connectionString, {
      runs: { runners: [] },
      plugins: { auth: { image: "rat/the-auth:1", address } },
    });
    const { id, token, path } = await makeTrigger("webhook");
    expect((await call(id, bearer(token), "", guarded)).status).toBe(202);
    expect(plugin.calls.get("Authenticate")).toBeUndefined();
    expect((await guarded.call(path)).status).toBe(401);
    expect((await guarded.call(`${path}/rotate`, { method: "POST" })).status).toBe(401);
    // Whoever changes a trigger is the one in whose name its runs are.
    await guarded.call(path, { method: "PATCH", body: {}, token: "alice" });
    const { rows } = await sql.query("SELECT created_by, identified FROM triggers WHERE id = $1", [id]);
    expect(rows).toEqual([{ created_by: "user-alice", identified: true }]);
  });
});

describe("an upstream trigger", () => {
  const upstream = (pipeline: string) => ({ pipeline });

  /** Lets a run of a pipeline end well, as an executor would. */
  async function succeed(pipeline: string): Promise<string> {
    const [, layer, name] = pipeline.split("/");
    const run = String((await rat.call("/api/v1/runs", { body: { layer, pipeline: name } })).json["id"]);
    await sql.query(
      `UPDATE runs SET owner = 'test', lease_until = now() + interval '1 hour', epoch = epoch + 1, attempt = 1,
              executor = 'test' WHERE id = $1`,
      [run],
    );
    await sql.query(
      `SELECT finish_runs(ARRAY[$1::text], ARRAY[epoch], ARRAY['success'], ARRAY[''], ARRAY[0], ARRAY[0::bigint],
                          ARRAY['{}'::jsonb]) FROM runs WHERE id = $1`,
      [run],
    );
    return run;
  }

  it("fires when the pipeline before has succeeded", async () => {
    const [before, after] = [await makePipeline(), await makePipeline()];
    const { id, path } = await makeTrigger("upstream", upstream(before), after);
    const run = await succeed(before);
    expect(await runsOf(id)).toMatchObject([{ fire_key: run }]);
    expect((await rat.call(path)).json["last_run_id"]).toBe((await runsOf(id))[0]?.id);
    await post(`${path}/pause`);
    await succeed(before);
    expect(await runsOf(id)).toHaveLength(1);
  });

  it("shows what keeps it from firing", async () => {
    const [before, after] = [await makePipeline(), await makePipeline({ publish: false })];
    const { path } = await makeTrigger("upstream", upstream(before), after);
    expect((await rat.call(path)).json["last_error"]).toBe("no published version");
    await rat.call(`/api/v1/pipelines/${before}`, { method: "DELETE" });
    expect((await rat.call(path)).json["last_error"]).toBe("the upstream pipeline was removed");
  });

  it("never closes a circle", async () => {
    const [a, b, c] = [await makePipeline(), await makePipeline(), await makePipeline()];
    const self = await make(a, "upstream", upstream(a));
    expect([self.status, self.json["detail"]]).toEqual([409, expect.stringContaining(`${a} -> ${a}`)]);
    await makeTrigger("upstream", upstream(a), b);
    const { path } = await makeTrigger("upstream", upstream(b), c);
    const circle = await make(a, "upstream", upstream(c));
    expect(circle.status).toBe(409);
    expect(circle.json["detail"]).toContain(`${a} -> ${b} -> ${c} -> ${a}`);
    expect((await make(a, "upstream", upstream("default/gold/none"))).status).toBe(404);
    const turned = await rat.call(path, { method: "PATCH", body: { config: upstream(a) } });
    expect(turned.status).toBe(200);
    expect((await make(b, "upstream", upstream(c))).status).toBe(201);
    expect((await make(a, "upstream", upstream(c))).status).toBe(409);
  });

  it("never closes one when two are made at once", async () => {
    for (let round = 0; round < 10; round++) {
      const [a, b] = [await makePipeline(), await makePipeline()];
      const answers = await Promise.all([
        make(a, "upstream", upstream(b)),
        other.call(`/api/v1/pipelines/${b}/triggers`, { body: { kind: "upstream", config: upstream(a) } }),
      ]);
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
    }
  });
});

describe("an event trigger", () => {
  it("fires by what happens in ratd", async () => {
    await using plugin = await FakePlugin.start();
    const { address } = plugin;
    await using rat = await startTestRatd(database.connectionString, {
      runs: { runners: [] },
      plugins: { sharing: { image: "rat/the-sharing:1", address } },
    });
    const hit = await makeTrigger("event", { event: "plugin.health.down", object: "the-sharing" });
    const miss = await makeTrigger("event", { event: "plugin.health.down", object: "another" });
    await plugin.down();
    await rat.ratd.checkNow();
    await until(async () => (await runsOf(hit.id)).length === 1);
    expect((await runsOf(hit.id))[0]?.env).toEqual({
      RAT_EVENT_TYPE: "plugin.health.down",
      RAT_EVENT_OBJECT: "the-sharing",
    });
    expect(await runsOf(miss.id)).toEqual([]);
  });

  it("fires once in an interval, whatever the number of ratd that see it", async () => {
    await using own = new AsyncDisposableStack();
    const { id, path } = await makeTrigger("event", { event: "slot.fallback", min_interval_seconds: 3600 });
    const paused = await makeTrigger("event", { event: "slot.fallback" });
    await post(`${paused.path}/pause`);
    const told: RatEvent[] = [];
    const seers = [0, 1, 2].map(() => {
      const events = new EventBus();
      const connection = database.connectionString;
      const pool = own.use(openDatabase({ connection, logger: silentLogger, clock: systemClock }));
      const storage = { database: pool, schema: new Schema({ database: pool, logger: silentLogger }) };
      const queue = { wake: () => undefined };
      own.use(new EventTriggers({ events, queue, storage, clock: systemClock, logger: silentLogger }));
      events.subscribe((event) => told.push(event));
      return events;
    });
    const seen = async (round: number) => {
      for (const events of seers) events.publish("slots", "slot.fallback", "auth", {});
      // Events are looked at in their order: when each has fired by the second, the first was looked at.
      const marks = await Promise.all(
        seers.map((_, at) =>
          makeTrigger("event", { event: "slot.recovered", object: `seer-${round}-${at}` }),
        ),
      );
      seers.forEach((events, at) => events.publish("slots", "slot.recovered", `seer-${round}-${at}`, {}));
      for (const mark of marks) await until(async () => (await runsOf(mark.id)).length === 1);
    };
    await seen(0);
    expect(await runsOf(id)).toHaveLength(1);
    await seen(1);
    expect(await runsOf(id)).toHaveLength(1);
    await sql.query("UPDATE triggers SET last_fired_at = last_fired_at - interval '1 hour' WHERE id = $1", [
      id,
    ]);
    await seen(2);
    expect(await runsOf(id)).toHaveLength(2);
    expect(await runsOf(paused.id)).toEqual([]);
    const fired = told.filter(({ type, data }) => type === "trigger.fired" && data["object"] === id);
    expect(fired).toHaveLength(2);
    await rat.call(path, { method: "DELETE" });
  });
});

describe("a trigger that cannot be read", () => {
  /** Writes what no API would: what a newer version, or a hand in the database, may leave. */
  const spoil = (id: string, config: unknown) =>
    sql.query("UPDATE triggers SET config = $2, next_fire_at = now() - interval '1 s' WHERE id = $1", [
      id,
      JSON.stringify(config),
    ]);
  const health = async () => (await rat.call("/health")).json;

  it.each([
    ["cron", { schedule: "* * * * *" }, { schedule: "every day" }],
    ["cron", { schedule: "* * * * *" }, { schedule: "* * * * *", time_zone: "Mars/Base", catch_up: "all" }],
    ["cron", { schedule: "* * * * *" }, null],
    ["event", { event: "slot.denying" }, { event: "slot.denying", min_interval_seconds: "soon" }],
  ])("stands alone: %s %j become %j", async (kind, config, stored) => {
    const bad = await makeTrigger(kind, config);
    const good = await makeTrigger(kind, config);
    await spoil(bad.id, stored);
    await sql.query(
      "UPDATE triggers SET next_fire_at = now() - interval '5 minutes' WHERE id = $1 AND kind = 'cron'",
      [good.id],
    );
    if (kind === "event") {
      await using auth = await FakePlugin.start();
      await using denying = await startTestRatd(database.connectionString, {
        plugins: { auth: { image: "rat/auth", address: auth.address, on_down: "deny" } },
      });
      await auth.down();
      await until(async () => (await runsOf(good.id)).length > 0, { what: `${denying.url} to fire` });
    }
    await until(async () => (await runsOf(good.id)).length > 0);
    expect(await runsOf(bad.id)).toEqual([]);
    const shown = await until(async () => {
      const { json } = await rat.call(bad.path);
      return json["last_error"] !== "" && json;
    });
    expect(shown).toMatchObject({
      id: bad.id,
      next_fires: [],
      last_error: expect.stringContaining("The trigger is wrong"),
    });
    expect((await rat.call("/api/v1/triggers?limit=200")).status).toBe(200);
    await until(async () => (await health())["status"] === "degraded");
    // Open to everybody, so that it names no trigger.
    expect((await health())["problems"]).toEqual([expect.stringMatching(/^1 trigger cannot be read/)]);
    // Whoever changes it mends it.
    expect(await rat.call(bad.path, { method: "PATCH", body: { config } })).toMatchObject({
      status: 200,
    });
    await until(async () => (await health())["status"] === "ok");
    expect((await health())["problems"]).toEqual([]);
    expect((await rat.call(bad.path)).json["last_error"]).toBe("");
    await rat.call(bad.path, { method: "DELETE" });
    await rat.call(good.path, { method: "DELETE" });
  });

  it("of kind webhook lets nobody in, and says so to nobody but its owner", async () => {
    const hook = await makeTrigger("webhook", { verify: "both" });
    await spoil(hook.id, { verify: "neither" });
    const called = await rat.call(`/api/v1/webhooks/${hook.id}`, {
      method: "POST",
      headers: { "x-rat-webhook-token": String(hook["token"]) },
    });
    expect(called.status).toBe(401);
    expect(await runsOf(hook.id)).toEqual([]);
    expect((await rat.call(hook.path)).json["last_error"]).toContain("/config/verify");
  });
});

it("goes on when the database is back, with what happened meanwhile", async () => {
  await using own = new AsyncDisposableStack();
  const alone = own.use(await createTestDatabase());
  const proxy = own.use(await createFaultProxy({ target: { path: alone.socketPath } }));
  const { username } = new URL(alone.connectionString);
  const url = `postgres://${username}@127.0.0.1:${proxy.port}/${alone.name}`;
  const cut = own.use(await startTestRatd(url, { runs: { runners: [], poll: "50ms" } }));
  const client = new Client({ connectionString: alone.connectionString });
  client.on("error", () => undefined);
  await client.connect();
  own.defer(() => client.end());
  const runs = async (trigger: string): Promise<number> =>
    (await client.query("SELECT 1 FROM runs WHERE trigger_id = $1", [trigger])).rows.length;
  await cut.call("/api/v1/pipelines", { body: { layer: "bronze", name: "p", ...COMMAND } });
  const trigger = async (kind: string, config: object): Promise<Record<string, string>> => {
    const body = { kind, config };
    const { json } = await cut.call("/api/v1/pipelines/default/bronze/p/triggers", { body });
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, String(value)]));
  };
  const { id: cron = "" } = await trigger("cron", { schedule: "* * * * * *" });
  const { id: event = "" } = await trigger("event", { event: "service.health.down", object: "postgres" });
  const { id: hook = "", token = "" } = await trigger("webhook", {});
  const deliver = () => cut.call(`/api/v1/webhooks/${hook}`, { method: "POST", token });
  await until(async () => (await runs(cron)) > 0);

  await proxy.mode("refuse");
  await until(async () => (await cut.call("/health")).json["status"] === "degraded");
  const away = await deliver();
  expect([away.status, away.json["code"]]).toEqual([503, "database_unavailable"]);
  const before = await runs(cron);
  expect(await runs(event)).toBe(0);

  await proxy.mode("pass");
  const patient = { timeoutMs: 15_000 };
  await until(async () => (await runs(event)) === 1, patient);
  await until(async () => (await runs(cron)) > before, patient);
  await until(async () => (await deliver()).status === 202, patient);
});
