import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { AnswerCache } from "../../services/ratd/src/access/cache/answer-cache.ts";
import { AccessLab, expectStatus, type Person } from "../support/access-lab.ts";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { parseServerSentEvents } from "../support/server-sent-events.ts";
import type { TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";
import { checkRevocations } from "./revoke-checker.ts";

/** Questions put to the test while access comes and goes: half of them after a revocation. */
const JUDGED = process.env["RAT_FAULT_ROUNDS"] === undefined ? 2000 : 10_000;
/** Within which a change must have reached everybody; the promise is one second. */
const SOON = { timeoutMs: 3000 };

let lab: AccessLab;
let first: TestRatd;
let second: TestRatd;

beforeAll(async () => {
  lab = await AccessLab.start();
  [first, second] = await Promise.all([lab.ratd(), lab.ratd()]);
});
afterAll(() => lab[Symbol.asyncDispose]());

const status = async (ratd: TestRatd, id: string, token: Person) =>
  (await ratd.call(`/api/v1/pipelines/${id}`, { token })).status;
const revoke = (ratd: TestRatd, grant: string) =>
  expectStatus(204, ratd.call(`/api/v1/sharing/${grant}`, { token: "alice", method: "DELETE" }));

/** Calls of a plugin's method so far, as the metrics of a ratd tell. */
async function calls(ratd: TestRatd, method: string): Promise<number> {
  const { text } = await ratd.call("/metrics");
  const counts = [...text.matchAll(/^rat_plugin_rpc_requests_total\{([^}]*)\} (\d+)$/gm)];
  return counts
    .filter(([, labels = ""]) => labels.includes(`method="${method}"`))
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}

describe("what was decided", () => {
  it("is not asked again and again", async () => {
    const id = await lab.pipeline(first, "alice", "cached");
    await until(async () => {
      const before = [await calls(first, "Authenticate"), await calls(first, "CanAccess")];
      for (let n = 0; n < 20; n++) expect(await status(first, id, "alice")).toBe(200);
      const after = [await calls(first, "Authenticate"), await calls(first, "CanAccess")];
      return before.join() === after.join();
    });
    const { text } = await first.call("/metrics");
    expect(text).toMatch(/rat_access_cache_lookups_total\{cache="decision",result="hit"\} [1-9]/);
  });

  it("ends here at once, and at another replica soon, when a grant is taken back", async () => {
    const id = await lab.pipeline(first, "alice", "shared");
    const grant = await lab.share(first, "alice", "bob", { resource_type: "pipeline", resource_id: id });
    await until(async () => (await status(second, id, "bob")) === 200);
    await revoke(first, grant);
    expect(await status(first, id, "bob")).toBe(404);
    await until(async () => (await status(second, id, "bob")) === 404, SOON);
  });

  it("ends everywhere when the grant goes behind ratd's back", async () => {
    const id = await lab.pipeline(first, "alice", "behind");
    await lab.share(first, "alice", "bob", { resource_type: "pipeline", resource_id: id });
    await until(async () => (await status(second, id, "bob")) === 200);
    const sql = new Client({ connectionString: lab.database.connectionString });
    await sql.connect();
    await sql.query("UPDATE sharing.shares SET current = false WHERE resource_id = $1", [id]);
    await sql.end();
    for (const ratd of [first, second])
      await until(async () => (await status(ratd, id, "bob")) === 404, SOON);
    expect(await status(first, id, "alice")).toBe(200);
  });

  it("is not used by a ratd that can hear of no change", async () => {
    const proxy = await createFaultProxy({ target: { path: lab.database.socketPath } });
    onTestFinished(() => proxy.close());
    const { username } = new URL(lab.database.connectionString);
    const databaseUrl = `postgres://${username}@127.0.0.1:${proxy.port}/${lab.database.name}`;
    const deaf = await lab.ratd({ databaseUrl });
    const id = await lab.pipeline(first, "alice", "deaf");
    const grant = await lab.share(first, "alice", "bob", { resource_type: "pipeline", resource_id: id });
    await until(async () => (await status(deaf, id, "bob")) === 200);
    await proxy.mode("blackhole");
    await revoke(first, grant);
    // Decisions can no longer be made there, since the database knows what lies in what; none is made up either.
    const check = { action: "read", resource_type: "pipeline", resource_id: id };
    await until(
      async () => (await deaf.call("/api/v1/access/check", { token: "bob", body: check })).status !== 200,
      {
        timeoutMs: 15_000,
      },
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => deaf.call("/api/v1/access/check", { token: "bob", body: check })),
    );
    expect(answers.map(({ json }) => json["allowed"])).not.toContain(true);
    await proxy.mode("pass");
    await until(async () => (await status(deaf, id, "bob")) === 404, { timeoutMs: 15_000 });
  }, 60_000);

  it(`is never stale: ${JUDGED} questions while access comes and goes`, { timeout: 300_000 }, async () => {
    const names = Array.from({ length: 4 }, (_, lane) => `lane-${lane}`);
    for (const name of names) await lab.pipeline(first, "alice", name);
    const idOf = (thing: string) => `lane-${/\d+/.exec(thing)?.[0]}/bronze/p`;
    const moves = {
      share: (_person: string, thing: string) =>
        lab.share(first, "alice", "bob", { resource_type: "pipeline", resource_id: idOf(thing) }),
      revoke: async (grant: string) => void (await revoke(first, grant)),
      may: async (_person: string, thing: string) => (await status(first, idOf(thing), "bob")) === 200,
    };
    const found = await checkRevocations(moves, { rounds: JUDGED / 2, lanes: 4 });
    expect(found).toEqual({ judged: JUDGED, lostGrants: 0, staleAllows: 0 });
    // A cache that forgets nothing is found out.
    const planted = vi.spyOn(AnswerCache.prototype, "purge").mockImplementation(() => undefined);
    onTestFinished(() => planted.mockRestore());
    const { staleAllows, lostGrants } = await checkRevocations(moves, { rounds: 20, lanes: 1 });
    expect(staleAllows + lostGrants).toBeGreaterThan(0);
  });
});

describe("a stream", () => {
  it("of output ends with the right to it", async () => {
    lab.executor.plan = "hold";
    const id = await lab.pipeline(first, "alice", "streamed");
    const grant = await lab.share(first, "alice", "bob", { resource_type: "pipeline", resource_id: id });
    const body = { namespace: "streamed", layer: "bronze", pipeline: "p" };
    const run = await expectStatus(202, first.call("/api/v1/runs", { token: "alice", body }));
    const follow = (token: Person) =>
      fetch(new URL(`/api/v1/runs/${String(run.json["id"])}/logs?follow=true`, first.url), {
        headers: { authorization: `Bearer ${token}` },
      });
    const stream = await follow("bob");
    expect(stream.status).toBe(200);
    const ended = stream.text();
    await revoke(first, grant);
    // Without an `end` event: the run goes on, for others.
    expect(await ended).not.toContain("event: end");
    expect((await follow("bob")).status).toBe(404);
    lab.executor.plan = "succeed";
    for (const name of lab.executor.runs.keys())
      if (name.startsWith(String(run.json["id"]))) lab.executor.end(name, 3);
  });

  it("of events tells of nothing that one may not read", async () => {
    const id = await lab.pipeline(first, "alice", "heard");
    const hidden = await lab.pipeline(first, "alice", "unheard");
    await lab.share(first, "alice", "carol", { resource_type: "pipeline", resource_id: id });
    const stop = new AbortController();
    const stream = await fetch(new URL("/api/v1/events?topics=pipelines,runs", first.url), {
      headers: { authorization: "Bearer carol" },
      signal: stop.signal,
    });
    const publish = (name: string) =>
      first.call(`/api/v1/pipelines/${name}`, {
        token: "alice",
        method: "PUT",
        body: { kind: "command", spec: { argv: ["echo", name] }, publish: true },
      });
    await expectStatus(200, publish(hidden));
    await expectStatus(200, publish(id));
    const heard: string[] = [];
    for await (const { data } of parseServerSentEvents(stream)) {
      heard.push((JSON.parse(data) as { object: string }).object);
      if (heard.includes(id)) break;
    }
    stop.abort();
    expect(heard).toEqual([id]);
  });
});

describe("runs of somebody who may no longer execute", () => {
  const start = async (namespace: string, token: Person) => {
    const body = { namespace, layer: "bronze", pipeline: "p" };
    const { json } = await expectStatus(202, first.call("/api/v1/runs", { token, body }));
    return String(json["id"]);
  };
  const stateOf = async (run: string) => {
    const { json } = await first.call(`/api/v1/runs/${run}`, { token: "root" });
    return json["run"] as { state: string; reason: string };
  };

  it("are cancelled where they run, and not started where they wait", async () => {
    lab.executor.plan = "hold";
    const id = await lab.pipeline(first, "alice", "running");
    const grant = await lab.share(first, "alice", "bob", {
      resource_type: "pipeline",
      resource_id: id,
      permission: "write",
    });
    const own = await start("running", "alice");
    const running = await start("running", "bob");
    await until(async () => (await stateOf(running)).state === "running");
    await until(async () => (await stateOf(own)).state === "running");
    lab.executor.places = 0;
    const waiting = await start("running", "bob");
    await revoke(first, grant);
    await until(async () => (await stateOf(running)).state === "cancelled", SOON);
    expect((await stateOf(own)).state).toBe("running");
    lab.executor.places = Number.POSITIVE_INFINITY;
    const refused = await until(
      async () => {
        const run = await stateOf(waiting);
        return ["failed", "cancelled"].includes(run.state) ? run : undefined;
      },
      { timeoutMs: 10_000 },
    );
    expect(refused.state === "cancelled" || refused.reason.includes("bob may not execute")).toBe(true);
    expect([...lab.executor.runs.keys()].some((name) => name.startsWith(waiting))).toBe(false);
    lab.executor.plan = "succeed";
    for (const name of lab.executor.runs.keys()) if (name.startsWith(own)) lab.executor.end(name, 3);
  }, 30_000);

  it("do not come from their triggers either", async () => {
    const id = await lab.pipeline(first, "alice", "triggered");
    const grant = await lab.share(first, "alice", "bob", {
      resource_type: "pipeline",
      resource_id: id,
      permission: "write",
    });
    const made = await expectStatus(
      201,
      first.call(`/api/v1/pipelines/${id}/triggers`, { token: "bob", body: { kind: "webhook" } }),
    );
    const trigger =
      made.json["trigger"] === undefined
        ? String(made.json["id"])
        : (made.json["trigger"] as { id: string }).id;
    const fire = async () => {
      const { json } = await expectStatus(
        202,
        first.call(`/api/v1/triggers/${trigger}/fire`, { token: "root", method: "POST" }),
      );
      return String(json["run_id"]);
    };
    const good = await fire();
    await until(async () => (await stateOf(good)).state === "success");
    await revoke(first, grant);
    const bad = await fire();
    const refused = await until(async () => {
      const run = await stateOf(bad);
      return run.state === "failed" ? run : undefined;
    });
    expect(refused.reason).toContain("bob may not execute triggered/bronze/p");
  });
});
