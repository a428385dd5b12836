import { readFileSync } from "node:fs";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { CanAccessRequestSchema } from "@rat/contracts/enforcement";
import { GranteeType, Permission } from "@rat/contracts/sharing";
import { runConformance } from "@rat/conformance";
import { definePlugin, servePlugin, type Grant } from "@rat/plugin-sdk";
import { Client } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createFaultProxy } from "../support/fault-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { startEnforcement, startSharing, type EnforcementProcess } from "./access-plugins.ts";
import { checkRevocations, type AccessMoves } from "./revoke-checker.ts";
import { startStatementTap } from "./statement-tap.ts";

let database: TestDatabase;
let admin: Client;

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

type Check = MessageInitShape<typeof CanAccessRequestSchema>;

const sales = { resourceType: "namespace", resourceId: "sales", ownerId: "olga" };
const orders = {
  userId: "bob",
  resourceType: "pipeline",
  resourceId: "sales/orders",
  ownerId: "alice",
  ancestors: [sales],
  action: "read",
} satisfies Check;
const toBob = { ...sales, grantorId: "olga", granteeId: "bob", permission: Permission.READ };

/** The database behind a TCP port, as a URL. */
function urlAt(port: number): string {
  const { username } = new URL(database.connectionString);
  return `postgres://${username}@127.0.0.1:${port}/${database.name}`;
}

const DECISIONS = [
  { user_id: "bob", resource_type: "pipeline", resource_id: "p", action: "write", allowed: false },
  { user_id: "bob", roles: ["admin"], resource_type: "pipeline", action: "anything", allowed: true },
  { user_id: "bob", resource_type: "namespace", resource_id: "new", action: "create", allowed: true },
  {
    user_id: "bob",
    resource_type: "pipeline",
    resource_id: "p",
    action: "delete",
    owner_id: "bob",
    allowed: true,
  },
  {
    user_id: "bob",
    resource_type: "pipeline",
    resource_id: "p",
    action: "read",
    owner_id: "eve",
    allowed: false,
  },
  {
    user_id: "bob",
    resource_type: "run",
    resource_id: "r",
    action: "transfer",
    owner_id: "eve",
    ancestors: [
      { resource_type: "pipeline", resource_id: "p" },
      { resource_type: "namespace", resource_id: "n", owner_id: "bob" },
    ],
    allowed: true,
  },
];

/** Cases of a good run that did not pass, each once. */
async function unproven(plugin: EnforcementProcess): Promise<string[]> {
  const result = await runConformance("enforcement", {
    address: plugin.url,
    config: { decisions: DECISIONS },
  });
  expect(result.cases.filter(({ status }) => status === "fail" || status === "known_fail")).toEqual([]);
  return [...new Set(result.cases.filter(({ status }) => status !== "pass").map(({ name }) => name))];
}

test("conforms with each source of grants; who asks another plugin tells of no changes", async () => {
  const sharing = await startSharing(database.connectionString);
  const byDatabase = await startEnforcement({ database_url: database.connectionString });
  expect(await unproven(byDatabase)).toEqual(["health/configure", "enforcement/credentials"]);
  expect(await byDatabase.capabilities()).toContain("watch_invalidations");
  const byContract = await startEnforcement({ sharing_address: sharing.url });
  expect(await unproven(byContract)).toEqual([
    "health/configure",
    "enforcement/watch-invalidations",
    "enforcement/credentials",
  ]);
  expect(await byContract.capabilities()).not.toContain("watch_invalidations");
  const without = await startEnforcement({});
  expect(await unproven(without)).toEqual(["health/configure", "enforcement/credentials"]);
}, 120_000);

test("refuses two sources of grants", async () => {
  const plugin = await startEnforcement({});
  const both = { database_url: database.connectionString, sharing_address: "localhost:1" };
  await expect(plugin.plugin.configure({ config: both })).rejects.toMatchObject({
    code: Code.InvalidArgument,
    rawMessage: "config: give database_url or sharing_address, not both",
  });
});

test("decides by the grants of the sharing plugin, and explains by them", async () => {
  const sharing = await startSharing(database.connectionString);
  const sources = [{ database_url: database.connectionString }, { sharing_address: sharing.url }];
  for (const source of sources) {
    const { client } = await startEnforcement(source);
    expect((await client.canAccess(orders)).allowed).toBe(false);
    const { grant } = await sharing.client.shareResource(toBob);
    const id = grant?.grantId ?? "";
    expect(await client.canAccess(orders)).toMatchObject({
      allowed: true,
      reason: `bob may read pipeline sales/orders: bob holds read on namespace sales (grant ${id} by olga)`,
    });
    expect((await client.canAccess({ ...orders, userId: "eve", roles: ["bob"] })).allowed).toBe(false);
    const role = { granteeId: "analyst", granteeType: GranteeType.ROLE, permission: Permission.ADMIN };
    const byRole = await sharing.client.shareResource({ ...toBob, ...role });
    const check = { ...orders, roles: ["analyst"], action: "delete" };
    const { allowed, paths } = await client.explain({ check });
    expect(allowed).toBe(true);
    const told = new Map(paths.map(({ grantId, level, sufficient }) => [grantId, { level, sufficient }]));
    expect(paths).toHaveLength(2);
    expect(told.get(id)).toEqual({ level: "read", sufficient: false });
    expect(told.get(byRole.grant?.grantId ?? "")).toEqual({ level: "admin", sufficient: true });
    for (const grantId of [id, byRole.grant?.grantId]) {
      await sharing.client.revokeAccess({ grantId, revokedBy: "olga" });
    }
    expect((await client.canAccess(check)).allowed).toBe(false);
  }
});

test("a decision may be kept until its grant ends, and less than a second when nobody tells of changes", async () => {
  const sharing = await startSharing(database.connectionString);
  const byDatabase = await startEnforcement({ database_url: database.connectionString });
  const byContract = await startEnforcement({ sharing_address: sharing.url });
  await sharing.client.shareResource({ ...toBob, granteeId: "ever" });
  const expiresAt = timestampFromDate(new Date(Date.now() + 20_000));
  await sharing.client.shareResource({ ...toBob, granteeId: "soon", expiresAt });
  const age = async (plugin: EnforcementProcess, check: Check) =>
    (await plugin.client.canAccess({ ...orders, ...check })).maxAgeMs;
  expect(await age(byDatabase, { userId: "ever" })).toBeUndefined();
  const soon = await age(byDatabase, { userId: "soon" });
  expect(soon).toBeGreaterThan(0);
  expect(soon).toBeLessThanOrEqual(20_000);
  expect(await age(byDatabase, { userId: "nobody" })).toBeUndefined();
  expect(await age(byContract, { userId: "ever" })).toBe(900);
  expect(await age(byContract, { userId: "nobody" })).toBe(900);
  expect(await age(byContract, { userId: "olga" })).toBeUndefined();
});

test("a batch of 1,000 is one statement", async () => {
  const sharing = await startSharing(database.connectionString);
  await sharing.client.shareResource({ ...toBob, resourceId: "ns-7" });
  await using tap = await startStatementTap(database.socketPath);
  const plugin = await startEnforcement({ database_url: urlAt(tap.port) });
  const checks = Array.from({ length: 1000 }, (_, index) => ({
    ...orders,
    roles: ["analyst", "viewer"],
    resourceId: `ns-${index % 10}/p-${index}`,
    ancestors: [{ resourceType: "namespace", resourceId: `ns-${index % 10}` }],
  }));
  const { results } = await plugin.client.batchCanAccess({ checks });
  expect(results.map(({ allowed }) => allowed)).toEqual(checks.map((_, index) => index % 10 === 7));
  expect(tap.statements.filter((text) => text.includes("access_grants"))).toHaveLength(1);
});

test("a batch of 1,000 is one question to a sharing plugin that lists by person, else one for each thing", async () => {
  const asked: string[] = [];
  const grant: Grant = {
    ...sales,
    grantId: "g",
    granteeId: "bob",
    granteeType: "user",
    permission: "read",
    grantedBy: "olga",
    grantedAt: new Date(0),
  };
  const unused = () => expect.fail("only questions are expected");
  const required = {
    name: "counting",
    version: "0.1.0",
    shareResource: unused,
    revokeAccess: unused,
    transferOwnership: unused,
    listAccess: ({ resourceId }: { resourceId: string }) => {
      if (!resourceId.includes("probe")) asked.push(resourceId);
      return resourceId === "sales" ? [grant] : [];
    },
  };
  const definitions = [
    definePlugin("sharing", {
      ...required,
      listGranteeAccess: ({ userId }) => {
        asked.push(userId);
        return { grants: [grant], nextPageToken: "" };
      },
    }),
    definePlugin("sharing", required),
  ];
  const checks = Array.from({ length: 1000 }, (_, index) => ({
    ...orders,
    resourceId: `sales/p-${index % 40}`,
  }));
  const questions: number[] = [];
  for (const definition of definitions) {
    await using served = await servePlugin(definition, { port: 0, env: {}, logLevel: "silent", drainMs: 0 });
    const plugin = await startEnforcement({ sharing_address: `127.0.0.1:${served.port}` });
    asked.length = 0;
    const { results } = await plugin.client.batchCanAccess({ checks });
    expect(results.every(({ allowed }) => allowed)).toBe(true);
    questions.push(asked.length);
  }
  expect(questions).toEqual([1, 41]);
});

/** The revisions that a plugin tells, as they come; the stream ends with the test. */
function follow(plugin: EnforcementProcess): AsyncIterator<{ revision: string }> {
  const leave = new AbortController();
  onTestFinished(() => leave.abort());
  const stream = plugin.client.watchInvalidations({}, { signal: leave.signal, timeoutMs: 60_000 });
  return stream[Symbol.asyncIterator]();
}

async function next(revisions: AsyncIterator<{ revision: string }>): Promise<string> {
  const { value, done } = await revisions.next();
  if (done === true) expect.fail("the stream ended");
  return value.revision;
}

/** Waits for another revision than this. */
async function another(revisions: AsyncIterator<{ revision: string }>, than: string): Promise<string> {
  for (;;) {
    const revision = await next(revisions);
    if (revision !== than) return revision;
  }
}

test("tells at once of a grant, of its change, of its end, and of changes by hand; not of what changes nothing", async () => {
  const sharing = await startSharing(database.connectionString);
  const plugin = await startEnforcement({ database_url: database.connectionString });
  const revisions = follow(plugin);
  const first = await next(revisions);
  const { grant } = await sharing.client.shareResource({ ...toBob, granteeId: "watched" });
  const given = await another(revisions, first);
  await sharing.client.shareResource({ ...toBob, granteeId: "watched" });
  // Two looks that began after the repeated request was answered.
  expect([await next(revisions), await next(revisions)]).toEqual([given, given]);
  await sharing.client.shareResource({ ...toBob, granteeId: "watched", permission: Permission.WRITE });
  const changed = await another(revisions, given);
  await sharing.client.revokeAccess({ grantId: grant?.grantId, revokedBy: "olga" });
  const revoked = await another(revisions, changed);
  await sharing.client.shareResource({ ...toBob, granteeId: "watched" });
  const again = await another(revisions, revoked);
  await admin.query("DELETE FROM sharing.shares WHERE grantee_id = 'watched' AND current");
  await another(revisions, again);
  expect(new Set([first, given, changed, revoked, again]).size).toBe(5);
});

test("other settings end the stream", async () => {
  const plugin = await startEnforcement({});
  const revisions = follow(plugin);
  await next(revisions);
  await plugin.plugin.configure({ config: { admin_roles: ["root"] } });
  while ((await revisions.next()).done !== true);
  expect((await plugin.client.canAccess({ ...orders, roles: ["admin"] })).allowed).toBe(false);
});

test("a database that is away silences the stream, denies by error what needs grants, and is found again", async () => {
  await startSharing(database.connectionString);
  const proxy = await createFaultProxy({ target: { path: database.socketPath } });
  onTestFinished(() => proxy.close());
  const limits = { connect_timeout_ms: 500, statement_timeout_ms: 500 };
  const plugin = await startEnforcement({ database_url: urlAt(proxy.port), ...limits });
  const heard: string[] = [];
  const listening = (async () => {
    const revisions = follow(plugin);
    for (;;) heard.push(await next(revisions));
  })().catch(() => undefined);
  await until(() => heard.length > 0);
  for (const mode of ["blackhole", "refuse"] as const) {
    await proxy.mode(mode);
    expect(await plugin.health("down")).toContain("the database cannot be reached");
    const before = heard.length;
    // In the black hole this takes as long as two signs of life.
    await expect(plugin.client.canAccess(orders)).rejects.toMatchObject({ code: Code.Unavailable });
    expect(heard).toHaveLength(before);
    // Owners, administrators and unknown callers need no grants.
    expect((await plugin.client.canAccess({ ...orders, userId: "olga" })).allowed).toBe(true);
    expect((await plugin.client.canAccess({ ...orders, roles: ["admin"] })).allowed).toBe(true);
    expect((await plugin.client.canAccess({ ...orders, userId: "anonymous" })).allowed).toBe(false);
    await proxy.mode("pass");
    proxy.cut();
    await plugin.health("healthy");
    await until(() => heard.length > before);
    expect((await plugin.client.canAccess(orders)).allowed).toBe(false);
  }
  expect(new Set(heard).size).toBe(1);
  plugin.signal("SIGKILL");
  await listening;
  expect(plugin.log()).not.toContain(urlAt(proxy.port));
});

test("goes on when its connections are cut by the server", async () => {
  const sharing = await startSharing(database.connectionString);
  const plugin = await startEnforcement({ database_url: database.connectionString });
  const revisions = follow(plugin);
  await plugin.client.canAccess(orders);
  const first = await next(revisions);
  const cut = await admin.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rat enforcement-plugin%'",
  );
  expect(cut.rows.length).toBeGreaterThanOrEqual(2);
  await sharing.client.shareResource({ ...toBob, granteeId: "after-cut" });
  await another(revisions, first);
  expect((await plugin.client.canAccess({ ...orders, userId: "after-cut" })).allowed).toBe(true);
});

test("the rights that the guide names are enough, and no more than reading", async () => {
  const sharing = await startSharing(database.connectionString);
  const guide = readFileSync(new URL("../../docs/how-to/share.md", import.meta.url), "utf8");
  const role = `reader_${database.name}`;
  const statements = (/```sql\n([^`]+)```/.exec(guide)?.[1] ?? "").replaceAll("rat_enforcement", role);
  expect(statements).toContain("GRANT SELECT");
  await admin.query(statements);
  onTestFinished(async () => {
    await admin.query(`DROP OWNED BY ${role}`);
    await admin.query(`DROP ROLE ${role}`);
  });
  const url = new URL(database.connectionString);
  url.username = role;
  const plugin = await startEnforcement({ database_url: url.href });
  const revisions = follow(plugin);
  const before = await next(revisions);
  await sharing.client.shareResource({ ...toBob, granteeId: "read-only" });
  await another(revisions, before);
  expect((await plugin.client.canAccess({ ...orders, userId: "read-only" })).allowed).toBe(true);
  expect(await plugin.health("healthy")).toBe("");

  const reader = new Client({ connectionString: url.href });
  await reader.connect();
  onTestFinished(() => reader.end());
  for (const statement of [
    "SELECT 1 FROM sharing.shares",
    "DELETE FROM sharing.access_grants",
    "UPDATE sharing.revision SET value = 0",
    "UPDATE sharing.access_grants SET permission = 'admin'",
  ]) {
    await expect(reader.query(statement)).rejects.toThrow("permission denied");
  }
});

test("says which right is missing", async () => {
  await startSharing(database.connectionString);
  const role = `nobody_${database.name}`;
  await admin.query(`CREATE ROLE ${role} LOGIN`);
  onTestFinished(async () => {
    await admin.query(`DROP ROLE ${role}`);
  });
  const url = new URL(database.connectionString);
  url.username = role;
  const plugin = await startEnforcement({ database_url: url.href });
  expect(await plugin.health("down")).toBe("the database refuses: permission denied for schema sharing");
  await expect(plugin.client.canAccess(orders)).rejects.toMatchObject({ code: Code.Unavailable });
});

const ROUNDS = 5000;

async function revokeMoves(): Promise<AccessMoves> {
  const sharing = await startSharing(database.connectionString, { pool_size: 10 });
  const plugin = await startEnforcement({ database_url: database.connectionString, pool_size: 10 });
  return {
    async share(person, thing) {
      const role = person.endsWith("3");
      const { grant } = await sharing.client.shareResource({
        resourceType: "namespace",
        resourceId: thing,
        grantorId: "olga",
        granteeId: role ? `role-of-${person}` : person,
        granteeType: role ? GranteeType.ROLE : GranteeType.USER,
        permission: Permission.WRITE,
      });
      return grant?.grantId ?? "";
    },
    async revoke(grantId) {
      await sharing.client.revokeAccess({ grantId, revokedBy: "olga" });
    },
    async may(person, thing) {
      const ancestors = [{ resourceType: "namespace", resourceId: thing }];
      const check = { ...orders, userId: person, roles: [`role-of-${person}`], action: "execute", ancestors };
      if (!person.endsWith("5")) return (await plugin.client.canAccess(check)).allowed;
      const { results } = await plugin.client.batchCanAccess({ checks: [check, orders] });
      return results[0]?.allowed ?? false;
    },
  };
}

test("whoever asks after a revocation was answered is denied: 10,000 interleavings, none stale", async () => {
  const found = await checkRevocations(await revokeMoves(), { rounds: ROUNDS, lanes: 16 });
  expect(found).toEqual({ judged: 2 * ROUNDS, lostGrants: 0, staleAllows: 0 });
}, 300_000);

test("the checker of revocations sees a plugin that remembers", async () => {
  const moves = await revokeMoves();
  const remembered = new Map<string, { allowed: boolean; asked: number }>();
  const may: AccessMoves["may"] = async (person, thing) => {
    const known = remembered.get(person);
    // Forgets after some questions, as a cache does after some time.
    if (known !== undefined && known.asked++ < 3) return known.allowed;
    const allowed = await moves.may(person, thing);
    remembered.set(person, { allowed, asked: 0 });
    return allowed;
  };
  const { staleAllows, lostGrants } = await checkRevocations({ ...moves, may }, { rounds: 50, lanes: 4 });
  expect(staleAllows + lostGrants).toBeGreaterThan(0);
  expect(staleAllows).toBeGreaterThan(0);
});
