import { Client } from "pg";
import { expect, it } from "vitest";
import { bootstrapKey } from "../support/api-keys.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { RatdProcess } from "../support/ratd-process.ts";
import { call } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const yaml = { limits: { principal: { list: 0, get: 0, write: 0 } } };

it("a ratd that is killed loses no record of a critical action that it had answered", async () => {
  await using database = await createTestDatabase();
  const env = { DATABASE_URL: database.connectionString };
  await using first = new RatdProcess({ yaml, env });
  const url = await first.url();
  const headers = { "x-api-key": await bootstrapKey(`${first.directory}/.rat`) };
  const acknowledged: string[] = [];
  const work = async (worker: number) => {
    for (let n = 0; ; n++) {
      const name = `key-${worker}-${n}`;
      const body = { name, scopes: ["self"] };
      const answer = await call(url, "/api/v1/access/keys", {
        headers: { ...headers, "x-request-id": name },
        body,
      });
      if (answer.status === 201) acknowledged.push(name);
    }
  };
  const workers = [1, 2, 3, 4].map((worker) => work(worker).catch(() => undefined));
  await until(() => acknowledged.length > 50, { timeoutMs: 30_000 });
  await using sql = Object.assign(new Client({ connectionString: database.connectionString }), {
    [Symbol.asyncDispose]: () => sql.end(),
  });
  await sql.connect();
  // Killed while records wait for the database: what is answered now must not rest on them.
  await sql.query("BEGIN; LOCK TABLE audit_log IN EXCLUSIVE MODE");
  await until(async () => (await sql.query("SELECT FROM pg_locks WHERE NOT granted")).rows.length > 0);
  for (let n = 0; n < 20; n++) await call(url, "/api/v1/me", { headers });
  first.signal("SIGKILL");
  await Promise.all(workers);
  await first.ended;
  // The statement that waits goes with its connection, not with the lock.
  await sql.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  await sql.query("ROLLBACK");
  const { rows } = await sql.query<{ name: string }>(
    "SELECT request_id AS name FROM audit_log WHERE action = 'keys.create' AND result = 'begun'",
  );
  const recorded = new Set(rows.map(({ name }) => name));
  expect(acknowledged.filter((name) => !recorded.has(name))).toEqual([]);

  // Its chain, cut off in the middle of the work, is no forgery.
  await using second = new RatdProcess({ yaml, env, directory: first.directory });
  const answer = await call(await second.url(), "/api/v1/audit/verify", { headers });
  expect(answer.json).toMatchObject({ ok: true, writers: 2, unchecked: 0, problems: [] });
});
