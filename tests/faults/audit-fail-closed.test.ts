import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditLab, records, verification } from "../support/audit-lab.ts";
import { createFaultProxy, type FaultProxy } from "../support/fault-proxy.ts";
import { Seeded } from "../support/seeded.ts";
import type { CallResult, TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

let lab: AuditLab;
let proxy: FaultProxy;
let ratd: TestRatd;
const token = "alice";
const NAMESPACE = "guarded";

beforeAll(async () => {
  lab = await AuditLab.start();
  proxy = await createFaultProxy({ target: { path: lab.database.socketPath } });
  const databaseUrl = new URL(lab.database.connectionString);
  databaseUrl.search = "";
  databaseUrl.hostname = "127.0.0.1";
  databaseUrl.port = String(proxy.port);
  ratd = await lab.ratd({ databaseUrl: databaseUrl.href });
  await ratd.call("/api/v1/namespaces", { token, body: { name: NAMESPACE } });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

/** What the actions are tried on. */
interface Things {
  readonly rotated: string;
  readonly revoked: string;
  readonly lease: string;
}

async function makeThings(): Promise<Things> {
  const key = async (name: string) => {
    const { status, json, text } = await ratd.call("/api/v1/access/keys", {
      token,
      body: { name, scopes: ["self"] },
    });
    expect(status, text).toBe(201);
    return String(json["id"]);
  };
  const credentials = await ratd.call("/api/v1/credentials", { token, body: CREDENTIALS });
  expect(credentials.status, credentials.text).toBe(200);
  return {
    rotated: await key("to rotate"),
    revoked: await key("to revoke"),
    lease: String(credentials.json["lease_id"]),
  };
}

const ON_NAMESPACE = { resource_type: "namespace", resource_id: NAMESPACE };
/** Those of the whole namespace, which a plugin need not cut. */
const CREDENTIALS = { ...ON_NAMESPACE, access: "write" };

/** Every critical action: how to try it, and what is there when it has happened. */
const ACTIONS: Readonly<
  Record<string, { attempt: (on: Things) => Promise<CallResult>; happened: (on: Things) => Promise<unknown> }>
> = {
  "keys.create": {
    attempt: () => ratd.call("/api/v1/access/keys", { token, body: { name: "new", scopes: ["self"] } }),
    happened: () => one("SELECT count(*) FROM api_keys WHERE name = 'new'"),
  },
  "keys.rotate": {
    attempt: ({ rotated }) => ratd.call(`/api/v1/access/keys/${rotated}/rotate`, { token, body: {} }),
    happened: ({ rotated }) => one("SELECT encode(hash, 'hex') FROM api_keys WHERE id = $1", rotated),
  },
  "keys.revoke": {
    attempt: ({ revoked }) => ratd.call(`/api/v1/access/keys/${revoked}`, { token, method: "DELETE" }),
    happened: ({ revoked }) => one("SELECT revoked_at IS NULL FROM api_keys WHERE id = $1", revoked),
  },
  "sharing.share": {
    attempt: () =>
      ratd.call("/api/v1/sharing", {
        token,
        body: { ...ON_NAMESPACE, grantee_id: "bob", permission: "read" },
      }),
    happened: () => called("ShareResource"),
  },
  "sharing.revoke": {
    attempt: () => ratd.call("/api/v1/sharing/g1", { token, method: "DELETE" }),
    happened: () => called("RevokeAccess"),
  },
  "sharing.transfer": {
    attempt: () =>
      ratd.call("/api/v1/sharing/transfer", { token, body: { ...ON_NAMESPACE, to_user_id: "user-alice" } }),
    happened: () => called("TransferOwnership"),
  },
  "credentials.issue": {
    attempt: () => ratd.call("/api/v1/credentials", { token, body: CREDENTIALS }),
    happened: () => called("GetCredentials"),
  },
  "leases.revoke": {
    attempt: ({ lease }) => ratd.call(`/api/v1/leases/${lease}`, { token, method: "DELETE" }),
    happened: ({ lease }) => one("SELECT state FROM credential_leases WHERE id = $1", lease),
  },
};

function called(method: string): Promise<number> {
  return Promise.resolve(lab.plugin.calls.get(method) ?? 0);
}

async function one(statement: string, ...values: readonly string[]): Promise<unknown> {
  const { rows } = await lab.sql.query<Record<string, unknown>>(statement, [...values]);
  return Object.values(rows[0] ?? {})[0];
}

async function traces(on: Things): Promise<Readonly<Record<string, unknown>>> {
  const found: [string, unknown][] = [];
  for (const [action, { happened }] of Object.entries(ACTIONS)) found.push([action, await happened(on)]);
  return Object.fromEntries(found);
}

/** Ways in which the audit log takes no records. */
const FAULTS: Readonly<
  Record<string, { begin: () => Promise<unknown>; end: () => Promise<unknown>; codes: readonly string[] }>
> = {
  "a lock of another session": {
    begin: () => lab.sql.query("BEGIN; LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE"),
    end: () => lab.sql.query("ROLLBACK"),
    codes: ["audit_unavailable"],
  },
  "a table that is gone": {
    begin: () => lab.sql.query("ALTER TABLE audit_log RENAME TO audit_log_elsewhere"),
    end: () => lab.sql.query("ALTER TABLE audit_log_elsewhere RENAME TO audit_log"),
    codes: ["audit_unavailable"],
  },
  "a database that swallows everything": {
    begin: () => proxy.mode("blackhole"),
    end: () => proxy.mode("reset").then(() => proxy.mode("pass")),
    // What has to look something up before does not come as far as the record.
    codes: ["audit_unavailable", "database_unavailable"],
  },
};

describe.each(Object.entries(FAULTS))("with %s", (_name, { begin, end, codes }) => {
  it("no critical action happens, and all do again afterwards", async () => {
    const things = await makeThings();
    const before = await traces(things);
    await begin();
    try {
      const answers = await Promise.all(
        Object.entries(ACTIONS).map(
          async ([action, { attempt }]) => [action, await attempt(things)] as const,
        ),
      );
      for (const [action, { status, json }] of answers) {
        expect([action, status]).toEqual([action, 503]);
        expect(codes, action).toContain(json["code"]);
      }
      const ownKeys = answers.find(([action]) => action === "keys.create");
      expect(ownKeys?.[1].json["code"]).toBe("audit_unavailable");
      expect(await traces(things)).toEqual(before);
    } finally {
      await end();
    }
    for (const [action, { attempt }] of Object.entries(ACTIONS)) {
      await until(async () => (await attempt(things)).status < 300, { what: action, timeoutMs: 20_000 });
    }
    const after = await traces(things);
    for (const action of Object.keys(ACTIONS)) expect(after[action], action).not.toEqual(before[action]);
    expect(await until(() => verification(ratd))).toMatchObject({ ok: true, problems: [] });
  });
});

it("has a record of every action of a mixed load whose connections are cut all the time", async () => {
  const random = new Seeded(58);
  const stop = new AbortController();
  const killing = (async () => {
    while (!stop.signal.aborted) {
      await lab.sql.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.5`,
      );
      await new Promise((resolve) => setTimeout(resolve, random.between(5, 60)));
    }
  })();
  const done: string[] = [];
  const work = async (worker: number) => {
    for (let n = 0; n < 40; n++) {
      const id = `load-${worker}-${n}`;
      const headers = { "x-request-id": id };
      const action = random.pick(["key", "share", "credentials"]);
      const answer =
        action === "key"
          ? await ratd.call("/api/v1/access/keys", { token, headers, body: { name: id, scopes: ["self"] } })
          : action === "share"
            ? await ratd.call("/api/v1/sharing", {
                token,
                headers,
                body: { ...ON_NAMESPACE, grantee_id: id, permission: "read" },
              })
            : await ratd.call("/api/v1/credentials", { token, headers, body: CREDENTIALS });
      if (answer.status < 300) done.push(id);
    }
  };
  const shared = await called("ShareResource");
  const vended = await called("GetCredentials");
  await Promise.all(Array.from({ length: 6 }, (_, worker) => work(worker)));
  stop.abort();
  await killing;
  expect(done.length).toBeGreaterThan(20);
  await until(async () => (await verification(ratd)).ok, { timeoutMs: 20_000 });
  await until(async () => {
    const { rows } = await lab.sql.query<{ id: string }>(
      "SELECT DISTINCT request_id AS id FROM audit_log WHERE result = 'ok' AND request_id LIKE 'load-%'",
    );
    const recorded = new Set(rows.map(({ id }) => id));
    return done.every((id) => recorded.has(id));
  });
  const begun = async (action: string) =>
    Number(
      await one(
        "SELECT count(*) FROM audit_log WHERE action = $1 AND result = 'begun' AND request_id LIKE 'load-%'",
        action,
      ),
    );
  // What happened, whatever its caller was told, is not more than what was written down before.
  const keys = Number(await one("SELECT count(*) FROM api_keys WHERE name LIKE 'load-%'"));
  expect(keys).toBeLessThanOrEqual(await begun("keys.create"));
  expect((await called("ShareResource")) - shared).toBeLessThanOrEqual(await begun("sharing.share"));
  expect((await called("GetCredentials")) - vended).toBeLessThanOrEqual(await begun("credentials.issue"));
  const unrecorded = await one(
    `SELECT count(*) FROM api_keys k WHERE k.name LIKE 'load-%' AND NOT EXISTS (
       SELECT FROM audit_log WHERE request_id = k.name AND action = 'keys.create' AND result = 'begun')`,
  );
  expect(Number(unrecorded)).toBe(0);
  expect(await records(ratd, "&action=audit.lost")).toEqual([]);
});
