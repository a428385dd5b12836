import { RunStatus } from "@rat/contracts/common";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../services/ratd/src/platform/clock.ts";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { hasPgBouncer, startPgBouncer } from "../support/pgbouncer.ts";
import { RatdProcess } from "../support/ratd-process.ts";
import { FAST, RunLab } from "../support/run-lab.ts";
import { call } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

let lab: RunLab;
beforeEach(async () => {
  lab = await RunLab.start();
});
afterEach(() => lab[Symbol.asyncDispose]());

/** Every attempt was started once at most. */
function expectNoDoubleStart() {
  expect([...lab.executor.starts()].filter(([, count]) => count > 1)).toEqual([]);
}

describe("the seventeen failure cases of dispatch", () => {
  test("1: a lease is a row: losing every connection to the database does not cost it", async () => {
    lab.executor.plan = "hold";
    const ratd = await lab.ratd();
    const id = await lab.run(ratd, await lab.pipeline(ratd, "held"));
    await lab.waitFor(ratd, id, "running");
    for (let round = 0; round < 3; round++) {
      await lab.sql.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
      );
      await until(async () => {
        const { rows } = await lab.sql.query("SELECT lease_until > clock_timestamp() AS held FROM runs");
        return rows[0]?.held === true;
      });
    }
    const { rows } = await lab.sql.query("SELECT epoch, attempt FROM runs");
    expect(rows).toEqual([{ epoch: expect.any(String), attempt: 1 }]);
    lab.executor.end(`${id}.1`, RunStatus.SUCCESS);
    await lab.waitFor(ratd, id, "success");
    expectNoDoubleStart();
  });

  test.skipIf(!hasPgBouncer && process.env["CI"] !== "true")(
    "2: behind a transaction-pooling pgbouncer runs are dispatched, and no lock stays",
    async () => {
      await using bouncer = await startPgBouncer(lab.database);
      const first = await lab.ratd({ databaseUrl: bouncer.url });
      const second = await lab.ratd({ databaseUrl: bouncer.url });
      const pipeline = await lab.pipeline(first, "p");
      const ids = await Promise.all(
        Array.from({ length: 100 }, (_, n) => lab.run(n % 2 === 0 ? first : second, pipeline)),
      );
      for (const id of ids) await lab.waitFor(first, id, "success", 15_000);
      expectNoDoubleStart();
      expect(lab.executor.starts().size).toBe(100);
      const { rows } = await lab.sql.query(
        "SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory'",
      );
      expect(rows).toEqual([{ n: 0 }]);
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
    },
    30_000,
  );

  test("3: a claim that gave up waiting leaves no lock behind", async () => {
    const ratd = await lab.ratd();
    const pipeline = await lab.pipeline(ratd, "p");
    const other = new Client({ connectionString: lab.database.connectionString });
    await other.connect();
    await other.query("BEGIN");
    await other.query("SELECT pg_advisory_xact_lock(7280002)");
    const id = await lab.run(ratd, pipeline);
    // The server ends the claim's statement after five seconds; the next poll tries again.
    const waiting = async () => {
      const { rows } = await lab.sql.query(
        `SELECT query_start::text AS since FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%claim_runs%'`,
      );
      return rows[0]?.since;
    };
    const first = await until(waiting);
    await until(
      async () => {
        const since = await waiting();
        return since !== undefined && since !== first;
      },
      { timeoutMs: 10_000 },
    );
    await other.query("ROLLBACK");
    await other.end();
    await lab.waitFor(ratd, id, "success", 15_000);
    await expect
      .poll(async () => (await lab.sql.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")).rowCount)
      .toBe(0);
  }, 40_000);

  test("4: a busy pool does not cost the leases", async () => {
    lab.executor.plan = "hold";
    const ratd = await lab.ratd();
    const pipeline = await lab.pipeline(ratd, "p");
    const id = await lab.run(ratd, pipeline);
    await lab.waitFor(ratd, id, "running");
    // Requests that wait for a lock hold all ten connections of the pool.
    const blocker = new Client({ connectionString: lab.database.connectionString });
    await blocker.connect();
    await blocker.query("BEGIN");
    await blocker.query("LOCK TABLE namespaces IN ACCESS EXCLUSIVE MODE");
    const busy = Array.from({ length: 20 }, () => ratd.call("/api/v1/namespaces"));
    await until(async () => {
      const { rows } = await lab.sql.query(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rows[0]?.n >= 10;
    });
    const held: boolean[] = [];
    const renewals = new Set<string>();
    await until(async () => {
      const { rows } = await lab.sql.query(
        "SELECT lease_until, lease_until > clock_timestamp() AS held FROM runs",
      );
      held.push(rows[0]?.held);
      renewals.add(String(rows[0]?.lease_until?.toISOString()));
      return renewals.size > 5;
    });
    expect(held).not.toContain(false);
    await blocker.query("ROLLBACK");
    await blocker.end();
    await Promise.all(busy);
  });

  test("5: a pause longer than the lease costs the run, not its result", async () => {
    lab.executor.plan = "hold";
    await using paused = new RatdProcess({
      yaml: { plugins: { executor: lab.executor.entry }, runs: FAST },
      env: { DATABASE_URL: lab.database.connectionString },
    });
    const pausedUrl = await paused.url();
    const other = await lab.ratd({ executor: null });
    const pipeline = await lab.pipeline(other, "p");
    const id = await lab.run(other, pipeline);
    await lab.waitFor(other, id, "running");
    const taker = await lab.ratd();
    process.kill(paused.pid, "SIGSTOP");
    await until(() => (lab.executor.runs.get(`${id}.1`)?.epoch ?? 0n) > 1n);
    process.kill(paused.pid, "SIGCONT");
    // The one that was paused finds out that the run is another's, and writes nothing to it.
    const metrics = () => call(pausedUrl, "/metrics").then(({ text }) => text);
    await until(async () => /rat_run_stale_writes_total\{write="renew"\} [1-9]/.test(await metrics()));
    lab.executor.end(`${id}.1`, RunStatus.SUCCESS);
    await lab.waitFor(taker, id, "success");
    expectNoDoubleStart();
    expect((await lab.show(taker, id)).attempt).toBe(1);
  }, 30_000);

  test("6, 7: leases follow the clock of the database, and the time of the statement", async () => {
    const skewed = (ms: number) => ({ ...systemClock, now: () => Date.now() + ms });
    lab.executor.plan = "hold";
    const ahead = await lab.ratd({ clock: skewed(90_000) });
    const behind = await lab.ratd({ clock: skewed(-90_000) });
    const pipeline = await lab.pipeline(ahead, "p");
    const ids = [];
    for (let n = 0; n < 10; n++) ids.push(await lab.run(n % 2 === 0 ? ahead : behind, pipeline));
    for (const id of ids) await lab.waitFor(ahead, id, "running");
    const renewals = new Set<string>();
    await until(async () => {
      const { rows } = await lab.sql.query("SELECT max(lease_until) AS until FROM runs");
      renewals.add(rows[0]?.until.toISOString());
      return renewals.size > 8;
    });
    // Nobody took a run from the other: each was claimed once.
    const { rows } = await lab.sql.query("SELECT DISTINCT epoch FROM runs");
    expect(rows).toEqual([{ epoch: "1" }]);
    // In a transaction that began before the lease lapsed, it has lapsed all the same.
    await lab.sql.query("BEGIN");
    await lab.sql.query("SELECT 1");
    const [first] = (await lab.sql.query("SELECT id FROM claim_runs('x', '0 s', 'x', 1, '{process}', 1, 1)"))
      .rows;
    expect(first).toBeUndefined();
    const { rows: lapsed } = await lab.sql.query(
      "UPDATE runs SET lease_until = now() RETURNING lease_until < clock_timestamp() AS lapsed",
    );
    expect(lapsed.every((row) => row.lapsed)).toBe(true);
    const { rows: adopted } = await lab.sql.query(
      "SELECT id FROM adopt_runs('x', '10 s', '{lab}', '0', 100)",
    );
    expect(adopted).toHaveLength(10);
    await lab.sql.query("ROLLBACK");
  });

  test("8: a commit whose answer got lost is found again by its key", async () => {
    const proxy = await createFaultProxy({ target: { path: lab.database.socketPath } });
    const url = new URL(lab.database.connectionString);
    url.searchParams.set("host", "127.0.0.1");
    url.searchParams.set("port", String(proxy.port));
    const ratd = await lab.ratd({ databaseUrl: url.href });
    const pipeline = await lab.pipeline(ratd, "p");
    let lost = 0;
    for (let n = 0; n < 30; n++) {
      const headers = { "idempotency-key": `key-${n}` };
      const first = ratd.call("/api/v1/runs", { body: pipeline, headers });
      // The connections are cut at any moment of the request.
      setTimeout(() => proxy.cut(), n % 6);
      if ((await first).status !== 202) lost += 1;
      await until(async () => (await ratd.call("/api/v1/runs", { body: pipeline, headers })).status === 202, {
        timeoutMs: 10_000,
      });
    }
    expect(lost).toBeGreaterThan(0);
    const { rows } = await lab.sql.query(
      "SELECT count(*)::int AS runs, count(DISTINCT id)::int AS ids FROM runs",
    );
    expect(rows).toEqual([{ runs: 30, ids: 30 }]);
    await ratd[Symbol.asyncDispose]();
    await proxy.close();
  }, 60_000);

  test("9: a run whose Submit was answered into the void runs once", async () => {
    const ratd = await lab.ratd();
    lab.executor.losesReplies = true;
    lab.executor.plan = "hold";
    const id = await lab.run(ratd, await lab.pipeline(ratd, "p"));
    await until(() => lab.executor.starts().get(`${id}.1`) === 1);
    lab.executor.losesReplies = false;
    await lab.waitFor(ratd, id, "running");
    lab.executor.end(`${id}.1`, RunStatus.SUCCESS);
    await lab.waitFor(ratd, id, "success");
    expectNoDoubleStart();
    expect((await lab.show(ratd, id)).attempt).toBe(1);
  });

  test("10: reports of an older epoch, with a forged token, or sent twice change nothing", async () => {
    lab.executor.plan = "hold";
    const first = await lab.ratd({ runs: { poll: "10m" } });
    const id = await lab.run(first, await lab.pipeline(first, "p"));
    const name = `${id}.1`;
    await lab.waitFor(first, id, "running");
    const old = { ...lab.executor.runs.get(name) };
    // Another replica takes the run over: the epoch rises.
    await lab.sql.query(
      `UPDATE runs SET lease_until = clock_timestamp() - interval '1 s', owner = 'gone', epoch = epoch + 1 WHERE id = $1`,
      [id],
    );
    const second = await lab.ratd();
    await until(() => (lab.executor.runs.get(name)?.epoch ?? 0n) > 1n);
    const failed = { status: RunStatus.FAILED };
    const client = lab.executor.client(old.reportUrl ?? "");
    const stale = { runId: name, epoch: old.epoch ?? 0n, token: old.token ?? "", ...failed };
    await expect(client.reportStatus(stale)).rejects.toThrow("failed_precondition");
    await expect(lab.executor.push(name, { token: "forged", ...failed })).rejects.toThrow("unauthenticated");
    await expect(lab.executor.push(name, { epoch: 99n, ...failed })).rejects.toThrow("unauthenticated");
    expect((await lab.show(second, id)).state).toBe("running");
    lab.executor.end(name, RunStatus.SUCCESS);
    await lab.waitFor(second, id, "success");
    // The same report again is a repetition; another end is refused.
    await lab.executor.push(name);
    expect(await lab.metric(second, "rat_run_stale_writes_total")).toBe(0);
    await lab.executor.push(name, failed).catch(() => undefined);
    expect((await lab.show(second, id)).state).toBe("success");
  });

  test("11: cancel and success race; what comes first stays", async () => {
    lab.executor.plan = "hold";
    const ratd = await lab.ratd();
    const pipeline = await lab.pipeline(ratd, "p");
    const ids = await Promise.all(Array.from({ length: 60 }, () => lab.run(ratd, pipeline)));
    const ends = new Map<string, string[]>();
    await Promise.all(
      ids.map(async (id, n) => {
        await until(() => lab.executor.runs.has(`${id}.1`), { timeoutMs: 15_000 });
        const cancel = ratd.call(`/api/v1/runs/${id}/cancel`, { method: "POST" });
        if (n % 3 === 0) await cancel;
        if (lab.executor.runs.get(`${id}.1`)?.status === RunStatus.RUNNING)
          lab.executor.end(`${id}.1`, RunStatus.SUCCESS);
        await cancel;
        const seen = await until(
          async () => {
            const { state } = await lab.show(ratd, id);
            return ["success", "cancelled"].includes(state) ? state : undefined;
          },
          { timeoutMs: 15_000 },
        );
        ends.set(id, [seen]);
      }),
    );
    for (const id of ids) ends.get(id)?.push((await lab.show(ratd, id)).state);
    expect([...ends.values()].filter(([before, after]) => before !== after)).toEqual([]);
    const { rows } = await lab.sql.query("SELECT count(*)::int AS n FROM run_attempts");
    expect(rows[0]?.n).toBe(60);
    // The state machine stands in the database, whoever writes.
    await expect(lab.sql.query("UPDATE runs SET state = 'running' WHERE id = $1", [ids[0]])).rejects.toThrow(
      "has ended",
    );
    await expect(lab.sql.query("UPDATE runs SET reason = 'x' WHERE id = $1", [ids[0]])).rejects.toThrow(
      "has ended",
    );
  }, 40_000);

  test("12: without NOTIFY, polling finds the runs", async () => {
    const taker = await lab.ratd({ executor: null });
    const idle = await lab.ratd();
    const pipeline = await lab.pipeline(taker, "p");
    for (let round = 0; round < 3; round++) {
      await lab.sql.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ratd notifications'",
      );
      const id = await lab.run(taker, pipeline);
      expect((await lab.waitFor(idle, id, "success")).executor).toBe("lab");
    }
  });

  test("13: a rewound epoch is caught up with, and the run completes once", async () => {
    lab.executor.plan = "hold";
    const first = await lab.ratd();
    const id = await lab.run(first, await lab.pipeline(first, "p"));
    await lab.waitFor(first, id, "running");
    await first[Symbol.asyncDispose]();
    const known = lab.executor.runs.get(`${id}.1`);
    if (known === undefined) throw new Error("the executor has no such run");
    // As a standby would that was promoted before it had the last epochs.
    known.epoch = 4n;
    const second = await lab.ratd();
    const caughtUp = () => lab.executor.events.some(({ kind, epoch }) => kind === "submit" && epoch >= 4n);
    await until(caughtUp, { timeoutMs: 15_000 });
    lab.executor.end(`${id}.1`, RunStatus.SUCCESS);
    const run = await lab.waitFor(second, id, "success");
    expect(run.attempt).toBe(1);
    expectNoDoubleStart();
  }, 30_000);

  test("14: a run that loses every attempt stops at the cap, and says so", async () => {
    lab.executor.plan = "hold";
    const ratd = await lab.ratd();
    const id = await lab.run(ratd, await lab.pipeline(ratd, "poison", { max_attempts: 3 }));
    for (let attempt = 1; attempt <= 3; attempt++) {
      await until(() => lab.executor.runs.has(`${id}.${attempt}`), { timeoutMs: 15_000 });
      await lab.waitFor(ratd, id, "running");
      lab.executor.forget();
    }
    const run = await lab.waitFor(ratd, id, "failed");
    expect(run.reason).toMatch(/^gave up after 3 attempts: .*does not know the run any more/);
    const { json } = await ratd.call(`/api/v1/runs/${id}`);
    expect((json["attempts"] as { state: string }[]).map(({ state }) => state)).toEqual([
      "lost",
      "lost",
      "lost",
    ]);
    expectNoDoubleStart();
  }, 40_000);

  test("15: a namespace with a thousand runs does not starve one with one", async () => {
    lab.executor.plan = "hold";
    lab.executor.places = 4;
    const ratd = await lab.ratd();
    await ratd.call("/api/v1/namespaces", { body: { name: "small" } });
    const big = await lab.pipeline(ratd, "big");
    await ratd.call("/api/v1/pipelines", {
      body: { namespace: "small", layer: "bronze", name: "one", kind: "command", spec: { argv: ["true"] } },
    });
    await Promise.all(Array.from({ length: 1000 }, () => lab.run(ratd, big)));
    const id = await lab.run(ratd, { namespace: "small", layer: "bronze", pipeline: "one" });
    // One place becomes free: it is the small one's turn.
    const [name] = await until(() => {
      const running = [...lab.executor.runs].find(([, { status }]) => status === RunStatus.RUNNING);
      return running;
    });
    lab.executor.end(name, RunStatus.SUCCESS);
    await lab.waitFor(ratd, id, "running");
    expect([...lab.executor.starts().keys()].length).toBeLessThan(10);
  }, 40_000);

  test("16: old runs go with their attempts and output, and the queue's index stays small", async () => {
    const ratd = await lab.ratd();
    const pipeline = await lab.pipeline(ratd, "p");
    const ids = await Promise.all(Array.from({ length: 300 }, () => lab.run(ratd, pipeline)));
    await Promise.all(ids.map((id) => lab.waitFor(ratd, id, "success", 20_000)));
    await lab.sql.query('INSERT INTO run_logs SELECT id, 1, 0, 1, 3, \'[[0,"info","abc"]]\' FROM runs');
    await lab.sql.query("SET session_replication_role = replica");
    await lab.sql.query("UPDATE runs SET finished_at = finished_at - interval '31 days' WHERE id <> $1", [
      ids[0],
    ]);
    await lab.sql.query("VACUUM runs");
    const { rows: queue } = await lab.sql.query("SELECT pg_relation_size('runs_queue')::int AS bytes");
    expect(queue[0]?.bytes).toBeLessThan(200_000);
    const { Retention } = await import("../../services/ratd/src/runs/retention.ts");
    const { openDatabase } = await import("../../services/ratd/src/platform/database/open-database.ts");
    const { silentLogger: logger } = await import("../../services/ratd/src/platform/logger.ts");
    const { Schema } = await import("../../services/ratd/src/schema/schema.ts");
    await using database = openDatabase({
      connection: lab.database.connectionString,
      logger,
      clock: systemClock,
    });
    const schema = new Schema({ database, logger });
    const month = 30 * 24 * 3_600_000;
    using retention = new Retention({ database, schema, logger, clock: systemClock, retentionMs: month });
    expect(await retention.sweep()).toBe(299);
    const { rows } = await lab.sql.query(
      "SELECT (SELECT count(*)::int FROM runs) AS runs, (SELECT count(*)::int FROM run_attempts) AS attempts, (SELECT count(*)::int FROM run_logs) AS logs",
    );
    expect(rows).toEqual([{ runs: 1, attempts: 1, logs: 1 }]);
  }, 60_000);
});
