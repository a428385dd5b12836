import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { GranteeType, Permission } from "@rat/contracts/sharing";
import { runConformance } from "@rat/conformance";
import { Database } from "@rat/plugin-postgres";
import { Client } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { migrate } from "../../services/sharing-plugin/src/migrate.ts";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { startSharing } from "./access-plugins.ts";

let database: TestDatabase;
let admin: Client;
let things = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.connectionString });
  admin.on("error", () => undefined);
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database[Symbol.asyncDispose]();
});

/** A share of a thing that no other test touches. */
function fresh() {
  things += 1;
  const resource = { resourceType: "pipeline", resourceId: `sales/p${things}` };
  return { ...resource, grantorId: "alice", granteeId: "bob", permission: Permission.READ };
}

const inSeconds = (seconds: number) => timestampFromDate(new Date(Date.now() + seconds * 1000));

test("conforms on every wire", async () => {
  const { url } = await startSharing(database.connectionString);
  const result = await runConformance("sharing", { address: url });
  expect(result.cases.filter(({ status }) => status === "fail" || status === "known_fail")).toEqual([]);
  expect(result.cases.filter(({ status }) => status !== "pass").map(({ name }) => name)).toEqual(
    Array.from({ length: 3 }, () => "health/configure"),
  );
});

test("of twenty migrations at the same moment one makes the tables, the others find them", async () => {
  const databases = Array.from(
    { length: 20 },
    () =>
      new Database({
        url: database.connectionString,
        name: "starter",
        maxConnections: 1,
        connectTimeoutMs: 5000,
        statementTimeoutMs: 5000,
      }),
  );
  onTestFinished(async () => {
    await Promise.all(databases.map((one) => one[Symbol.asyncDispose]()));
  });
  // Connected before, so that they meet.
  await Promise.all(databases.map((one) => one.query("SELECT 1")));
  const applied = await Promise.all(databases.map((one) => migrate(one, "moment")));
  expect(applied.filter((names) => names.length > 0)).toEqual([["0001_shares"]]);
});

test("twenty starters at once make the tables once", async () => {
  const schema = "twenty";
  const plugins = await Promise.all(
    Array.from({ length: 20 }, () => startSharing(database.connectionString, { schema, pool_size: 1 })),
  );
  for (const plugin of plugins) await plugin.health("healthy");
  const applied = plugins.filter((plugin) => plugin.log().includes('"applied":["0001_shares"]'));
  expect(applied).toHaveLength(1);
  // Nobody ran into somebody else's half-made tables.
  expect(plugins.filter((plugin) => plugin.log().includes("the database is away"))).toEqual([]);
  expect((await admin.query("SELECT name FROM twenty.migrations")).rows).toHaveLength(1);
  expect((await plugins[7]?.client.shareResource(fresh()))?.grant?.grantId).toBeTruthy();
}, 120_000);

test("fifty equal requests at once make one grant", async () => {
  const { client } = await startSharing(database.connectionString);
  const asked = fresh();
  const answers = await Promise.all(Array.from({ length: 50 }, () => client.shareResource(asked)));
  expect(new Set(answers.map(({ grant }) => grant?.grantId)).size).toBe(1);
  const { rows } = await admin.query("SELECT 1 FROM sharing.shares WHERE resource_id = $1", [
    asked.resourceId,
  ]);
  expect(rows).toHaveLength(1);
});

test("of twenty transfers at once one wins, over two plugins; who lost changes nothing", async () => {
  const [one, two] = await Promise.all([
    startSharing(database.connectionString),
    startSharing(database.connectionString),
  ]);
  const { resourceType, resourceId } = fresh();
  const transfer = async (index: number, fromUserId: string, toUserId: string) => {
    const { client } = index % 2 === 0 ? one : two;
    try {
      await client.transferOwnership({ resourceType, resourceId, fromUserId, toUserId });
      return toUserId;
    } catch (error) {
      expect(error).toMatchObject({ code: Code.FailedPrecondition });
      return undefined;
    }
  };
  let owner = "alice";
  for (let round = 0; round < 10; round++) {
    const tries = Array.from({ length: 20 }, (_, index) => transfer(index, owner, `r${round}-u${index}`));
    const winners = (await Promise.all(tries)).filter((winner) => winner !== undefined);
    expect(winners).toHaveLength(1);
    const [winner = ""] = winners;
    // The last transfer once more, and the one before it.
    expect(await transfer(1, owner, winner)).toBe(winner);
    expect(await transfer(1, "nobody", owner)).toBeUndefined();
    owner = winner;
  }
});

test("an end must lie in the future of the database; a grant that ran out is another one when given again", async () => {
  const { client } = await startSharing(database.connectionString);
  const asked = fresh();
  await expect(client.shareResource({ ...asked, expiresAt: inSeconds(-1) })).rejects.toMatchObject({
    code: Code.InvalidArgument,
    rawMessage: "expires_at: must lie in the future",
  });
  const { grant } = await client.shareResource({ ...asked, expiresAt: inSeconds(3600) });
  await admin.query(
    "UPDATE sharing.shares SET expires_at = now() - interval '1 second' WHERE grant_id = $1",
    [grant?.grantId],
  );
  expect((await client.listAccess(asked)).grants).toEqual([]);
  expect(
    (await client.listGranteeAccess({ userId: "bob", resourceType: "pipeline" })).grants,
  ).not.toContainEqual(expect.objectContaining({ grantId: grant?.grantId }));
  expect((await client.revokeAccess({ grantId: grant?.grantId, revokedBy: "alice" })).revoked).toBe(false);
  const again = await Promise.all(Array.from({ length: 10 }, () => client.shareResource(asked)));
  const ids = new Set(again.map(({ grant: given }) => given?.grantId));
  expect(ids.size).toBe(1);
  expect(ids).not.toContain(grant?.grantId);
  const { grants } = await client.listAccess({ ...asked, includeEnded: true });
  expect(grants.map(({ grantId }) => grantId)).toEqual([grant?.grantId, ...ids]);
});

test("refuses texts that are no names, by their field", async () => {
  const { client } = await startSharing(database.connectionString);
  for (const [field, change] of [
    ["resource_type", { resourceType: "gizmo" }],
    ["grantee_id", { granteeId: "b\0b" }],
    ["grantee_id", { granteeId: "x".repeat(513) }],
    ["grantor_id", { grantorId: "a\nb" }],
    ["resource_id", { resourceId: "" }],
    ["permission", { permission: Permission.UNSPECIFIED }],
  ] as const) {
    await expect(client.shareResource({ ...fresh(), ...change })).rejects.toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: expect.stringMatching(new RegExp(`^${field}:`)),
    });
  }
});

test("takes any other text for what it is", async () => {
  const { client } = await startSharing(database.connectionString);
  const odd = "'; DROP TABLE sharing.shares; -- \" $1 %_\\ Zoë 日本 🐀";
  const asked = { ...fresh(), resourceId: odd, granteeId: odd, grantorId: odd };
  await client.shareResource(asked);
  const { grants } = await client.listAccess(asked);
  expect(grants.map(({ granteeId }) => granteeId)).toEqual([odd]);
});

test("a page token is good for its own question alone", async () => {
  const { client } = await startSharing(database.connectionString);
  const person = { userId: "pia", roles: ["x", "y"], pageSize: 1 };
  for (let index = 0; index < 3; index++) await client.shareResource({ ...fresh(), granteeId: "pia" });
  const { nextPageToken: pageToken } = await client.listGranteeAccess(person);
  const next = await client.listGranteeAccess({ ...person, roles: ["y", "x"], pageToken });
  expect(next.grants).toHaveLength(1);
  for (const wrong of [
    { ...person, userId: "eve", pageToken },
    { ...person, roles: [], pageToken },
    { ...person, pageToken: "garbage" },
  ]) {
    await expect(client.listGranteeAccess(wrong)).rejects.toMatchObject({ code: Code.InvalidArgument });
  }
});

test("clears what ended long ago, and nothing else", async () => {
  const schema = "history";
  const first = await startSharing(database.connectionString, { schema });
  const asked = fresh();
  const given = async (granteeId: string) =>
    (await first.client.shareResource({ ...asked, granteeId })).grant?.grantId ?? "";
  const [old, recent, standing] = [await given("old"), await given("recent"), await given("standing")];
  for (const grantId of [old, recent]) await first.client.revokeAccess({ grantId, revokedBy: "alice" });
  await admin.query("UPDATE history.shares SET revoked_at = now() - interval '31 days' WHERE grant_id = $1", [
    old,
  ]);
  await admin.query("UPDATE history.shares SET granted_at = now() - interval '99 days'");
  const second = await startSharing(database.connectionString, { schema, history_days: 30 });
  const ids = await until(async () => {
    const { grants } = await second.client.listAccess({ ...asked, includeEnded: true });
    return grants.length < 3 ? grants.map(({ grantId }) => grantId) : undefined;
  });
  expect(ids).toEqual([recent, standing]);
});

test("the loss of its connections, or of the database, does not end it; it says so and recovers by itself", async () => {
  const proxy = await createFaultProxy({ target: { path: database.socketPath } });
  onTestFinished(() => proxy.close());
  const { username } = new URL(database.connectionString);
  const url = `postgres://${username}@127.0.0.1:${proxy.port}/${database.name}`;
  const limits = { connect_timeout_ms: 500, statement_timeout_ms: 500 };
  const plugin = await startSharing(url, limits);
  const asked = fresh();
  const { grant } = await plugin.client.shareResource(asked);

  const { rows } = await admin.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rat sharing-plugin'",
  );
  expect(rows.length).toBeGreaterThan(0);
  await until(async () => (await plugin.client.listAccess(asked)).grants.length === 1);

  for (const mode of ["refuse", "blackhole"] as const) {
    await proxy.mode(mode);
    // Within what the timeouts add up to; the client's own limit is 10 s.
    await expect(plugin.client.shareResource(asked, { timeoutMs: 3000 })).rejects.toMatchObject({
      code: Code.Unavailable,
      rawMessage: expect.stringMatching(/^the database /),
    });
    expect(await plugin.health("down")).toMatch(/^the database cannot be reached/);
    await proxy.mode("pass");
    proxy.cut();
    await plugin.health("healthy");
    expect((await plugin.client.shareResource(asked)).grant?.grantId).toBe(grant?.grantId);
  }
  expect(plugin.log()).not.toContain(url);
});

test("starts while the database is away, and makes its tables when it comes", async () => {
  const proxy = await createFaultProxy({ target: { path: database.socketPath } });
  onTestFinished(() => proxy.close());
  await proxy.mode("refuse");
  const { username } = new URL(database.connectionString);
  const url = `postgres://${username}@127.0.0.1:${proxy.port}/${database.name}`;
  const plugin = await startSharing(url, { schema: "late" });
  expect(await plugin.health("down")).toContain("ECONNREFUSED");
  await expect(plugin.client.listAccess(fresh())).rejects.toMatchObject({ code: Code.Unavailable });
  await proxy.mode("pass");
  await plugin.health("healthy");
  expect((await plugin.client.shareResource(fresh())).grant?.grantId).toBeTruthy();
});

test("what was answered is there after kill -9, and so is what was revoked gone", async () => {
  const acknowledged = new Map<string, string>();
  const revoked = new Set<string>();
  for (let round = 0; round < 5; round++) {
    const plugin = await startSharing(database.connectionString);
    let calls = 0;
    const work = async (lane: number): Promise<void> => {
      try {
        for (;;) {
          const asked = { ...fresh(), granteeId: `lane-${lane}`, granteeType: GranteeType.ROLE };
          const { grant } = await plugin.client.shareResource(asked);
          acknowledged.set(grant?.grantId ?? "", asked.resourceId);
          if (calls % 3 === 0 && grant !== undefined) {
            // Counted before the answer: a revocation that was cut off may be in force or not.
            acknowledged.delete(grant.grantId);
            await plugin.client.revokeAccess({ grantId: grant.grantId, revokedBy: "alice" });
            revoked.add(grant.grantId);
          }
          calls += 1;
          if (calls === 60) plugin.signal("SIGKILL");
        }
      } catch {
        // Its plugin was killed.
      }
    };
    await Promise.all(Array.from({ length: 6 }, (_, lane) => work(lane)));
    expect(await plugin.exited).toBe("SIGKILL");
  }
  const { rows } = await admin.query<{ grant_id: string }>("SELECT grant_id FROM sharing.access_grants");
  const inForce = new Set(rows.map((row) => row.grant_id));
  expect(acknowledged.size).toBeGreaterThan(40);
  expect(revoked.size).toBeGreaterThan(20);
  expect([...acknowledged.keys()].filter((id) => !inForce.has(id))).toEqual([]);
  expect([...revoked].filter((id) => inForce.has(id))).toEqual([]);
});
