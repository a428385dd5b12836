import { RunStatus } from "@rat/contracts/common";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseServerSentEvents } from "../support/server-sent-events.ts";
import { FakeCloud } from "../support/fake-cloud.ts";
import { FakePlugin } from "../support/fake-plugin.ts";
import { LabExecutor } from "../support/lab-executor.ts";
import { RunLab } from "../support/run-lab.ts";
import type { TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

let lab: RunLab;
beforeEach(async () => {
  lab = await RunLab.start();
});
afterEach(() => lab[Symbol.asyncDispose]());

const count = async (sql: string) =>
  Number((await lab.sql.query(`SELECT count(*) AS n FROM ${sql}`)).rows[0]?.n);

describe("starting runs", () => {
  test("2,000 concurrent requests with 100 keys make 100 runs", async () => {
    lab.executor.plan = "hold";
    const ratd = await lab.ratd();
    const pipeline = await lab.pipeline(ratd, "p");
    const answers = await Promise.all(
      Array.from({ length: 2000 }, (_, n) =>
        ratd.call("/api/v1/runs", { body: pipeline, headers: { "idempotency-key": `k${n % 100}` } }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ json }) => json["id"])).size).toBe(100);
    expect(answers.filter(({ headers }) => headers.get("idempotent-replay") === "true")).toHaveLength(1900);
    expect(await count("runs")).toBe(100);
  }, 60_000);

  test("a key belongs to one request, whatever the order of its fields", async () => {
    const ratd = await lab.ratd();
    const pipeline = await lab.pipeline(ratd, "p");
    const headers = { "idempotency-key": "once" };
    const first = await ratd.call("/api/v1/runs", {
      body: { ...pipeline, env: { A: "1", B: "2" } },
      headers,
    });
    const same = await ratd.call("/api/v1/runs", { body: { env: { B: "2", A: "1" }, ...pipeline }, headers });
    expect(same.json["id"]).toBe(first.json["id"]);
    expect(first.headers.get("location")).toBe(`/api/v1/runs/${String(first.json["id"])}`);
    const other = await ratd.call("/api/v1/runs", { body: { ...pipeline, env: { A: "2" } }, headers });
    expect(other).toMatchObject({ status: 422, json: { code: "idempotency_mismatch" } });
    const unseen = await ratd.call("/api/v1/runs", { body: pipeline, headers: { "idempotency-key": "a b" } });
    expect(unseen).toMatchObject({ status: 400, json: { code: "bad_request" } });
  });

  test.each([
    ["an unknown pipeline", { layer: "gold", pipeline: "none" }, 404, "not_found", /default\/gold\/none/],
    ["an unknown version", { layer: "bronze", pipeline: "p", version: 9 }, 404, "not_found", /no version 9/],
    [
      "a reserved variable",
      { layer: "bronze", pipeline: "p", env: { RAT_X: "" } },
      422,
      "validation_failed",
      /reserved/,
    ],
    [
      "NUL in a variable",
      { layer: "bronze", pipeline: "p", env: { A: "a\0b" } },
      422,
      "validation_failed",
      /env/,
    ],
    [
      "1 MiB in a variable",
      { layer: "bronze", pipeline: "p", env: { A: "x".repeat(1 << 20) } },
      413,
      "payload_too_large",
      /./,
    ],
    [
      "a large variable",
      { layer: "bronze", pipeline: "p", env: { A: "x".repeat(40_000) } },
      422,
      "validation_failed",
      /env/,
    ],
    ["a wrong layer", { layer: "tin", pipeline: "p" }, 422, "validation_failed", /layer/],
  ])("refuses %s by name", async (_what, body, status, code, detail) => {
    const ratd = await lab.ratd();
    await lab.pipeline(ratd, "p");
    const answer = await ratd.call("/api/v1/runs", { body });
    expect(answer).toMatchObject({ status, json: { code } });
    expect(answer.text).toMatch(detail);
  });

  test("a pipeline without a published version is a conflict until one is", async () => {
    const ratd = await lab.ratd();
    const pipeline = await lab.pipeline(ratd, "draft", { publish: false });
    expect(await ratd.call("/api/v1/runs", { body: pipeline })).toMatchObject({
      status: 409,
      json: { code: "conflict" },
    });
    const id = await lab.run(ratd, { ...pipeline, version: 1 });
    expect((await lab.waitFor(ratd, id, "success")).attempt).toBe(1);
  });
});

describe("looking at runs", () => {
  test("the list is filtered, and its pages stay stable while runs are added", async () => {
    lab.executor.plan = "hold";
    const ratd = await lab.ratd();
    const p = await lab.pipeline(ratd, "p");
    const q = await lab.pipeline(ratd, "q");
    const ids: string[] = [];
    for (let n = 0; n < 30; n++) ids.push(await lab.run(ratd, n % 3 === 0 ? q : p));
    const seen: string[] = [];
    let cursor = "";
    do {
      const { json } = await ratd.call(`/api/v1/runs?limit=7${cursor}`);
      seen.push(...(json["runs"] as { id: string }[]).map(({ id }) => id));
      await lab.run(ratd, p);
      cursor = json["next_cursor"] === null ? "" : `&cursor=${json["next_cursor"] as string}`;
    } while (cursor !== "");
    expect(seen).toEqual(ids.toReversed());
    const filtered = await ratd.call("/api/v1/runs?pipeline=q&state=running,pending&limit=200");
    expect((filtered.json["runs"] as unknown[]).length).toBe(10);
    const { json: page } = await ratd.call("/api/v1/runs?limit=1");
    const foreign = await ratd.call(`/api/v1/runs?pipeline=q&cursor=${String(page["next_cursor"])}`);
    expect(foreign).toMatchObject({ status: 400, json: { code: "bad_request" } });
    expect(await ratd.call("/api/v1/runs?state=done")).toMatchObject({ status: 400 });
  }, 20_000);

  test("runs of a pipeline that one may not read are neither listed nor shown", async () => {
    const plugin = await FakePlugin.start();
    const ratd = await lab.ratd({
      plugins: { enforcement: { image: "rat/e", address: plugin.address } },
      more: { cache: { ttl: "0s" } },
    });
    await until(async () => (await features(ratd))["enforcement"] === true);
    const seen = await lab.run(ratd, await lab.pipeline(ratd, "seen"));
    const hidden = await lab.run(ratd, await lab.pipeline(ratd, "hidden"));
    plugin.denied.add("default/bronze/hidden");
    const { json } = await ratd.call("/api/v1/runs");
    expect((json["runs"] as { id: string }[]).map(({ id }) => id)).toEqual([seen]);
    for (const path of ["", "/logs", "/wait", "/result"]) {
      expect((await ratd.call(`/api/v1/runs/${hidden}${path}`)).status).toBe(404);
    }
    expect((await ratd.call("/api/v1/runs", { body: { layer: "bronze", pipeline: "hidden" } })).status).toBe(
      404,
    );
    await plugin[Symbol.asyncDispose]();
  });

  test("waiting ends with the run, or with the time", async () => {
    lab.executor.plan = "hold";
    const ratd = await lab.ratd();
    const id = await lab.run(ratd, await lab.pipeline(ratd, "p"));
    await lab.waitFor(ratd, id, "running");
    expect((await ratd.call(`/api/v1/runs/${id}/wait?seconds=0`)).json["state"]).toBe("running");
    const waiting = ratd.call(`/api/v1/runs/${id}/wait`);
    lab.executor.end(`${id}.1`, RunStatus.FAILED, "exit code 3");
    expect((await waiting).json).toMatchObject({ state: "failed", reason: "exit code 3" });
    expect(await ratd.call(`/api/v1/runs/${id}/cancel`, { method: "POST" })).toMatchObject({ status: 409 });
    expect(await ratd.call(`/api/v1/runs/${id}/result`)).toMatchObject({ status: 404 });
    const retried = await ratd.call(`/api/v1/runs/${id}/retry`, { method: "POST" });
    expect(retried).toMatchObject({ status: 202, json: { retry_of: id, trigger: "retry" } });
    expect(
      await ratd.call(`/api/v1/runs/${String(retried.json["id"])}/retry`, { method: "POST" }),
    ).toMatchObject({ status: 409 });
    expect(await ratd.call(`/api/v1/runs/${"0".repeat(26)}`)).toMatchObject({ status: 404 });
  });

  test("output comes in pages, live, and goes on where a client stopped", async () => {
    lab.executor.plan = "hold";
    const ratd = await lab.ratd();
    const id = await lab.run(ratd, await lab.pipeline(ratd, "p"));
    await lab.waitFor(ratd, id, "running");
    const say = (from: number, to: number) => lab.executor.say(`${id}.1`, from, to);
    await say(0, 50);
    // The same lines again, and some new: what is known is left out.
    await say(30, 60);
    const { json } = await ratd.call(`/api/v1/runs/${id}/logs?offset=40&limit=15`);
    expect((json["lines"] as { message: string }[]).map(({ message }) => message)).toEqual(
      Array.from({ length: 15 }, (_, n) => `line ${n + 40}`),
    );
    expect(json["next_offset"]).toBe(55);
    const tails = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const headers: Record<string, string> = n % 2 === 0 ? {} : { "last-event-id": "1:29" };
        return parseServerSentEvents(
          await fetch(`${ratd.url}/api/v1/runs/${id}/logs?follow=true`, { headers }),
        );
      }),
    );
    await say(60, 80);
    lab.executor.end(`${id}.1`, RunStatus.SUCCESS);
    const all = await Promise.all(tails.map((tail) => Array.fromAsync(tail)));
    for (const [n, events] of all.entries()) {
      const lines = events.filter(({ event }) => event === "line").map(({ id: at }) => at);
      const first = n % 2 === 0 ? 0 : 30;
      expect(lines).toEqual(Array.from({ length: 80 - first }, (_, line) => `1:${line + first}`));
      expect(events.at(-1)).toMatchObject({ event: "end" });
    }
    expect(await ratd.call(`/api/v1/runs/${id}/logs?follow=maybe`)).toMatchObject({ status: 400 });
  }, 30_000);
});

describe("credentials of runs", () => {
  test("are cut to the namespace, renewed before they end, and kept nowhere", async () => {
    lab.executor.plan = "hold";
    const cloud = await FakeCloud.start();
    const auth = await FakePlugin.start();
    const ratd = await lab.ratd({
      plugins: {
        cloud: { image: "rat/cloud", address: `127.0.0.1:${cloud.port}` },
        auth: { image: "rat/auth", address: auth.address },
      },
      runs: { credentials: { provider: "aws", resource: "s3://lake/{namespace}/" } },
    });
    lab.token = "ada";
    await until(async () => (await features(ratd))["cloud_aws"] === true);
    const pipeline = await lab.pipeline(ratd, "p");
    const id = await lab.run(ratd, pipeline);
    await lab.waitFor(ratd, id, "running");
    const given = lab.executor.runs.get(`${id}.1`)?.credentials ?? [];
    // Not always the first: a busy machine may let the run lease of the first handing over lapse.
    expect(given[0]).toEqual({ AWS_SECRET_ACCESS_KEY: expect.stringMatching(/^canary-secret-\d+$/) });
    // They live for two seconds; the poll after half of that brings new ones, under the same attempt.
    await until(() => given.length > 2, { timeoutMs: 10_000 });
    expect(cloud.asked.every(({ resource }) => resource === "s3://lake/default/")).toBe(true);
    // A plugin that answers a key as it did before would give the old ones again.
    expect(new Set(cloud.asked.map(({ key }) => key)).size).toBe(cloud.asked.length);
    expect(lab.executor.starts().get(`${id}.1`)).toBe(1);
    lab.executor.end(`${id}.1`, RunStatus.SUCCESS);
    await lab.waitFor(ratd, id, "success");
    const dump = await lab.everyRow();
    const seen = [
      dump,
      JSON.stringify(ratd.log),
      (await ratd.call(`/api/v1/runs/${id}`)).text,
      (await ratd.call("/metrics")).text,
    ];
    expect(seen.filter((text) => text.includes("canary-secret"))).toEqual([]);
    expect(dump).toContain(id);
    // While the auth plugin is away nobody is known, and none are given out: the run waits.
    await auth.down();
    await until(async () => (await features(ratd))["auth"] === false);
    await lab.sql.query(
      `INSERT INTO runs (namespace, layer, pipeline, pipeline_id, version, kind, isolation, priority, trigger, created_by,
                         identified, timeout_seconds, max_attempts, retry_on_failure)
       SELECT namespace, layer, pipeline, pipeline_id, version, kind, isolation, priority, trigger, created_by, true, 60, 3,
              false FROM runs WHERE id = $1`,
      [id],
    );
    await until(async () => (await count("runs WHERE reason LIKE '%no credentials are given out%'")) === 1, {
      timeoutMs: 10_000,
    });
    await cloud[Symbol.asyncDispose]();
    await auth[Symbol.asyncDispose]();
  }, 30_000);

  test("are issued anew when the plugin has forgotten their lease", async () => {
    lab.executor.plan = "hold";
    await using cloud = await FakeCloud.start();
    cloud.leases = true;
    await using auth = await FakePlugin.start();
    const ratd = await lab.ratd({
      plugins: {
        cloud: { image: "rat/cloud", address: `127.0.0.1:${cloud.port}` },
        auth: { image: "rat/auth", address: auth.address },
      },
      runs: { credentials: { provider: "aws", resource: "s3://lake/{namespace}/" } },
    });
    lab.token = "ada";
    await until(async () => (await features(ratd))["cloud_aws"] === true);
    const id = await lab.run(ratd, await lab.pipeline(ratd, "p"));
    const given = await until(() => lab.executor.runs.get(`${id}.1`)?.credentials);
    await until(() => given.length > 2, { timeoutMs: 10_000 });
    expect(cloud.renewals.slice(0, 2)).toEqual(["fake-1", "fake-2"]);
    expect(given.slice(0, 3).map((values) => values["AWS_SECRET_ACCESS_KEY"])).toEqual([
      "canary-secret-1",
      "canary-secret-2",
      "canary-secret-3",
    ]);
    // The run went on all the time: it was started once, and each set has a lease of its own.
    expect(lab.executor.starts().get(`${id}.1`)).toBe(1);
    lab.executor.end(`${id}.1`, RunStatus.SUCCESS);
    await lab.waitFor(ratd, id, "success");
  }, 30_000);
});

describe("leases of runs", () => {
  const inForce = () => count("credential_leases WHERE state IN ('active', 'issuing')");

  test("end with them, also those of runs that were handed over and not taken", async () => {
    lab.executor.plan = "hold";
    lab.executor.places = 1;
    lab.executor.lists = false;
    await using cloud = await FakeCloud.start();
    cloud.life = 3600;
    await using auth = await FakePlugin.start();
    const ratd = await lab.ratd({
      plugins: {
        cloud: { image: "rat/cloud", address: `127.0.0.1:${cloud.port}` },
        auth: { image: "rat/auth", address: auth.address },
      },
      runs: { credentials: { provider: "aws", resource: "s3://lake/{namespace}/" } },
    });
    lab.token = "ada";
    await until(async () => (await features(ratd))["cloud_aws"] === true);
    const pipeline = await lab.pipeline(ratd, "p");
    const ids = await Promise.all([0, 1, 2, 3].map(() => lab.run(ratd, pipeline)));
    await until(() => lab.executor.runs.size === 1);
    // What the executor refuses has had credentials by then.
    await until(() => cloud.asked.length > 1);
    // A replica that died left one behind, and another was giving some out when it did.
    await lab.sql.query(
      `INSERT INTO credential_leases (id, state, user_id, roles, run_id, provider, resource_type, resource_id, access, scopes,
                                      plugin, issued_at, expires_at)
       VALUES ('lse_left', 'active', 'ada', '{}', 'gone', 'aws', 'pipeline', 'x', 'write', '[]', 'cloud', now(),
               now() + interval '1 hour'),
              ('lse_stuck', 'issuing', 'ada', '{}', 'gone', 'aws', 'pipeline', 'x', 'write', '[]', 'cloud',
               now() - interval '2 minutes', NULL)`,
    );
    lab.executor.plan = "succeed";
    for (const name of lab.executor.runs.keys()) lab.executor.end(name, RunStatus.SUCCESS);
    for (const id of ids) await lab.waitFor(ratd, id, "success");
    await until(async () => (await inForce()) === 0, { timeoutMs: 10_000 });
    expect(await count("credential_leases WHERE id = 'lse_stuck' AND state = 'failed'")).toBe(1);
  }, 30_000);
});

describe("who runs what", () => {
  test("limits of pipeline, namespace and executor hold, and priority goes first", async () => {
    lab.executor.plan = "hold";
    const ratd = await lab.ratd();
    const one = await lab.pipeline(ratd, "one", { max_running: 1 });
    const two = await lab.pipeline(ratd, "two");
    await ratd.call("/api/v1/namespaces/default", { method: "PATCH", body: { max_running: 3 } });
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await lab.run(ratd, n < 3 ? one : two));
    await until(async () => (await count("runs WHERE state = 'running'")) === 3);
    expect(await count("runs WHERE state = 'running' AND pipeline = 'one'")).toBe(1);
    const urgent = await lab.run(ratd, { ...two, priority: 50 });
    const [running] = [...lab.executor.runs].filter(([name]) => name !== `${ids[0]}.1`).map(([name]) => name);
    lab.executor.end(running ?? "", RunStatus.SUCCESS);
    await lab.waitFor(ratd, urgent, "running");
    expect(await count("runs WHERE state = 'running'")).toBe(3);
  });

  test("an executor without a place leaves the run pending, says why, and gets it later", async () => {
    lab.executor.plan = "hold";
    lab.executor.places = 1;
    lab.executor.lists = false;
    const ratd = await lab.ratd();
    const pipeline = await lab.pipeline(ratd, "p");
    const first = await lab.run(ratd, pipeline);
    await lab.waitFor(ratd, first, "running");
    const second = await lab.run(ratd, pipeline);
    await until(async () => (await lab.show(ratd, second)).reason.includes("no place free"));
    expect((await lab.show(ratd, second)).state).toBe("pending");
    lab.executor.end(`${first}.1`, RunStatus.SUCCESS);
    expect((await lab.waitFor(ratd, second, "running")).attempt).toBe(1);
  });

  test("a run that asks for a container waits for an executor plugin, and says so", async () => {
    const ratd = await lab.ratd({ executor: null, runs: { runners: [`127.0.0.1:${lab.executor.port}`] } });
    const pipeline = await lab.pipeline(ratd, "boxed", { isolation: "container" });
    const plain = await lab.pipeline(ratd, "plain");
    const id = await lab.run(ratd, pipeline);
    await lab.waitFor(ratd, await lab.run(ratd, plain), "success");
    expect(await lab.show(ratd, id)).toMatchObject({
      state: "pending",
      executor: null,
      reason: expect.stringContaining("isolation container"),
    });
    await lab.ratd();
    expect((await lab.waitFor(ratd, id, "success")).executor).toBe("lab");
  });

  test("while the plugin is down the warm pool takes new runs; those of the plugin wait for it", async () => {
    const pool = await LabExecutor.start();
    lab.executor.plan = "hold";
    const ratd = await lab.ratd({ runs: { runners: [`127.0.0.1:${pool.port}`] } });
    const pipeline = await lab.pipeline(ratd, "p");
    const inFlight = await lab.run(ratd, pipeline);
    await lab.waitFor(ratd, inFlight, "running");
    await lab.executor.away();
    await until(async () => (await features(ratd))["container_executor"] === false);
    const fresh = await lab.run(ratd, pipeline);
    expect((await lab.waitFor(ratd, fresh, "success")).executor).toBe("warm-pool");
    expect((await lab.show(ratd, inFlight)).state).toBe("running");
    lab.executor.end(`${inFlight}.1`, RunStatus.SUCCESS);
    await lab.executor.listen();
    expect((await lab.waitFor(ratd, inFlight, "success")).executor).toBe("lab");
    expect([...lab.executor.starts(), ...pool.starts()].every(([, starts]) => starts === 1)).toBe(true);
    await pool[Symbol.asyncDispose]();
  }, 20_000);

  test("an executor that stays away longer than the grace fails its runs once, and stops them when it is back", async () => {
    lab.executor.plan = "hold";
    lab.executor.pushes = false;
    const ratd = await lab.ratd({ runs: { executor_grace: "1s" } });
    const id = await lab.run(ratd, await lab.pipeline(ratd, "p"));
    await lab.waitFor(ratd, id, "running");
    await lab.executor.away();
    const run = await lab.waitFor(ratd, id, "failed");
    expect(run.reason).toMatch(/has been away for 1 s, so nobody knows how it ended/);
    await lab.executor.listen();
    await until(() =>
      lab.executor.events.some(({ kind, runId }) => kind === "cancel" && runId === `${id}.1`),
    );
    expect(await lab.show(ratd, id)).toMatchObject({ state: "failed", attempt: 1 });
  }, 20_000);

  test("an executor with Submit and Cancel alone is at_least_once, and its runs end by the time limit", async () => {
    lab.executor.plan = "hold";
    lab.executor.tells = false;
    const ratd = await lab.ratd();
    await until(async () => (await features(ratd))["executor_delivery"] === "at_least_once");
    const id = await lab.run(ratd, await lab.pipeline(ratd, "p", { timeout_seconds: 3600 }));
    await lab.waitFor(ratd, id, "running");
    // A report is all that such an executor can do to tell of an end.
    lab.executor.end(`${id}.1`, RunStatus.SUCCESS);
    await lab.waitFor(ratd, id, "success");
    lab.executor.tells = true;
    const other = await RunLab.start();
    const knowing = await other.ratd();
    await until(async () => (await features(knowing))["executor_delivery"] === "exactly_once");
    expect(await features(knowing)).toMatchObject({ container_executor: true, pipeline_triggers: true });
    await other[Symbol.asyncDispose]();
  });

  test("a lost push costs a poll, not the run", async () => {
    lab.executor.pushes = false;
    const ratd = await lab.ratd();
    const pipeline = await lab.pipeline(ratd, "p");
    for (const lists of [true, false]) {
      lab.executor.lists = lists;
      expect((await lab.waitFor(ratd, await lab.run(ratd, pipeline), "success")).attempt).toBe(1);
    }
  });

  test("a failed run is tried again where that is asked for, and the reason stays", async () => {
    lab.executor.plan = "fail";
    const ratd = await lab.ratd();
    const id = await lab.run(
      ratd,
      await lab.pipeline(ratd, "p", { retry_on_failure: true, max_attempts: 2 }),
    );
    const run = await lab.waitFor(ratd, id, "failed");
    expect(run).toMatchObject({ attempt: 2, reason: "gave up after 2 attempts: exit code 1" });
    const once = await lab.run(ratd, await lab.pipeline(ratd, "q"));
    expect(await lab.waitFor(ratd, once, "failed")).toMatchObject({ attempt: 1, reason: "exit code 1" });
  }, 20_000);
});

async function features(ratd: TestRatd): Promise<Record<string, unknown>> {
  return (await ratd.call("/features")).json;
}
