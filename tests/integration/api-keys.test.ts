import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bootstrapKeyFile, writeBootstrapKey } from "../../services/ratd/src/access/keys/bootstrap-key.ts";
import { KeyStore } from "../../services/ratd/src/access/keys/key-store.ts";
import { systemClock } from "../../services/ratd/src/platform/clock.ts";
import { openDatabase } from "../../services/ratd/src/platform/database/open-database.ts";
import { silentLogger } from "../../services/ratd/src/platform/logger.ts";
import { Schema } from "../../services/ratd/src/schema/schema.ts";
import { insertApiKey } from "../support/api-keys.ts";
import { FakePlugin } from "../support/fake-plugin.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type CallOptions, type CallResult, type TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const KEYS = "/api/v1/access/keys";
let database: TestDatabase;
let plugin: FakePlugin;
/** With an auth plugin, and without one. */
let signedIn: TestRatd;
let community: TestRatd;

beforeAll(async () => {
  database = await createTestDatabase();
  plugin = await FakePlugin.start();
  const auth = { image: "rat/auth:1", address: plugin.address };
  signedIn = await startTestRatd(database.connectionString, {
    plugins: { auth },
    role_permissions: { admin: ["plugins:read"] },
  });
  community = await startTestRatd(database.connectionString);
  await until(async () => (await signedIn.call("/features")).json["auth"]);
});
afterAll(async () => {
  await signedIn[Symbol.asyncDispose]();
  await community[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const withKey = (key: string, options: CallOptions = {}): CallOptions => ({
  ...options,
  headers: { ...options.headers, "x-api-key": key },
});

async function make(body: object, options: CallOptions = { token: "alice" }): Promise<CallResult> {
  return signedIn.call(KEYS, { ...options, body: { name: "ci", scopes: ["self"], ...body } });
}

async function made(body: object = {}, options?: CallOptions): Promise<{ id: string; key: string }> {
  const { status, json, text } = await make(body, options);
  if (status !== 201) throw new Error(text);
  return { id: String(json["id"]), key: String(json["key"]) };
}

describe("an API key", () => {
  it("acts in the name of its maker, as X-API-Key and as Bearer, and no plugin sees it", async () => {
    const { id, key } = await made();
    expect(key).toMatch(/^rat_[0-9a-f]{16}_[0-9a-f]{64}$/);
    plugin.calls.clear();
    for (const options of [withKey(key), { token: key }]) {
      const { json, headers } = await signedIn.call("/api/v1/me", options);
      expect(json).toMatchObject({
        user_id: "user-alice",
        roles: ["admin"],
        auth_mode: "api_key",
        key_id: id,
      });
      expect(headers.get("x-rat-auth-mode")).toBe("api_key");
    }
    expect(plugin.calls.get("Authenticate")).toBeUndefined();
    // Also where there is no auth plugin, and at another replica.
    expect((await community.call("/api/v1/me", withKey(key))).json["user_id"]).toBe("user-alice");
  });

  it("is shown once, and its hash alone is kept", async () => {
    const { id, key } = await made({ name: "once" });
    const shown = await signedIn.call(`${KEYS}/${id}`, { token: "alice" });
    expect(shown.json).toMatchObject({ name: "once", scopes: ["self"], revoked_at: null });
    expect(shown.text + JSON.stringify(signedIn.log)).not.toContain(key.slice(21));
  });

  it.each([
    ["another secret", (key: string) => key.slice(0, -1) + (key.endsWith("0") ? "1" : "0")],
    ["another id", (key: string) => `rat_0000000000000000_${key.slice(21)}`],
    ["63 digits", (key: string) => key.slice(0, -1)],
    ["capital letters", (key: string) => key.toUpperCase()],
    ["nothing behind rat_", () => "rat_"],
    ["no key at all", () => "demo-admin"],
    ["an empty header", () => ""],
  ])("with %s is 401, whatever the state of the auth slot", async (_name, spoil) => {
    const { key } = await made();
    for (const ratd of [signedIn, community]) {
      const { status, json } = await ratd.call("/api/v1/me", withKey(spoil(key)));
      expect([status, json["code"]]).toEqual([401, "unauthenticated"]);
    }
  });

  it("is refused by every replica within moments of being revoked, also when it is in use all the time", async () => {
    const { id, key } = await made();
    expect((await community.call("/api/v1/me", withKey(key))).status).toBe(200);
    const gone = await signedIn.call(`${KEYS}/${id}`, { token: "alice", method: "DELETE" });
    expect(gone.status).toBe(204);
    expect((await signedIn.call("/api/v1/me", withKey(key))).status).toBe(401);
    await until(async () => (await community.call("/api/v1/me", withKey(key))).status === 401, {
      timeoutMs: 2000,
    });
    const shown = await signedIn.call(`${KEYS}/${id}`, { token: "alice" });
    expect(shown.json).toMatchObject({ revoked_by: "user-alice", revoked_at: expect.any(String) });
    const rotated = await signedIn.call(`${KEYS}/${id}/rotate`, { token: "alice", method: "POST" });
    expect(rotated.json["code"]).toBe("conflict");
  });

  it("ends at its time, and no later than the key of its maker", async () => {
    const end = new Date(Date.now() + 3_600_000).toISOString();
    const parent = await made({ scopes: ["self", "keys:own"], expires_at: end });
    const child = await signedIn.call(
      KEYS,
      withKey(parent.key, { body: { name: "child", scopes: ["self"] } }),
    );
    expect(child.json["expires_at"]).toBe(end);
    const longer = {
      name: "child",
      scopes: ["self"],
      expires_at: new Date(Date.now() + 7_200_000).toISOString(),
    };
    expect((await signedIn.call(KEYS, withKey(parent.key, { body: longer }))).status).toBe(422);
    for (const wrong of ["2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"]) {
      expect((await make({ expires_at: wrong })).status).toBe(422);
    }
    const { key, id } = await made();
    const client = openDatabase({
      connection: database.connectionString,
      logger: silentLogger,
      clock: systemClock,
    });
    await client.query("UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = $1", [id]);
    await client[Symbol.asyncDispose]();
    expect((await signedIn.call("/api/v1/me", withKey(key))).status).toBe(401);
  });

  it("takes a new secret, beside which the old one lives for as long as was said", async () => {
    const { id, key } = await made();
    const rotate = async (body: object) => {
      const { json } = await signedIn.call(`${KEYS}/${id}/rotate`, { token: "alice", body });
      return String(json["key"]);
    };
    const status = async (text: string) => (await signedIn.call("/api/v1/me", withKey(text))).status;
    const second = await rotate({ grace_seconds: 600 });
    expect([await status(key), await status(second)]).toEqual([200, 200]);
    const third = await rotate({});
    expect([await status(key), await status(second), await status(third)]).toEqual([401, 401, 200]);
  });

  it("remembers when it was used last", async () => {
    const { id, key } = await made();
    await signedIn.call("/api/v1/me", withKey(key));
    const lastUsed = async () =>
      (await signedIn.call(`${KEYS}/${id}`, { token: "alice" })).json["last_used_at"];
    expect(await until(async () => (await lastUsed()) ?? false, { timeoutMs: 10_000 })).toMatch(/^20/);
  });
});

describe("who makes a key gives nothing away that they do not have", () => {
  it("no scope", async () => {
    const refused = await make({ scopes: ["self", "plugins:admin"] });
    expect(refused.json).toMatchObject({ code: "permission_denied" });
    expect(refused.json["detail"]).toContain("plugins:admin");
    expect((await make({ scopes: ["plugins:read"] })).status).toBe(201);
    expect((await make({ scopes: ["*"] })).status).toBe(403);
    expect((await make({ scopes: ["everything"] })).status).toBe(422);
    const narrow = await made({ scopes: ["keys:own", "runs:read"] });
    const wider = { name: "w", scopes: ["runs:execute"] };
    expect((await signedIn.call(KEYS, withKey(narrow.key, { body: wider }))).status).toBe(403);
  });

  it("no role, and no name of others", async () => {
    expect((await make({ roles: ["root"] })).json["detail"]).toContain('"root"');
    expect((await make({ user_id: "user-bob" })).json["detail"]).toContain("keys:manage");
    const manager = await insertApiKey(database.connectionString, {
      scopes: ["keys:manage", "self"],
      userId: "m",
    });
    const forBob = { name: "b", scopes: ["self"], user_id: "user-bob" };
    const { status, json } = await signedIn.call(KEYS, withKey(manager, { body: forBob }));
    expect([status, json["user_id"], json["roles"]]).toEqual([201, "user-bob", []]);
  });

  it("and sees no keys of others", async () => {
    const { id } = await made({}, { token: "carol" });
    expect((await signedIn.call(`${KEYS}/${id}`, { token: "alice" })).status).toBe(404);
    expect((await signedIn.call(`${KEYS}/${id}`, { token: "alice", method: "DELETE" })).status).toBe(404);
    const list = await signedIn.call(`${KEYS}?user_id=user-carol`, { token: "alice" });
    const owners = (list.json["keys"] as { user_id: string }[]).map(({ user_id: owner }) => owner);
    expect(new Set(owners)).toEqual(new Set(["user-alice"]));
    const all = await signedIn.operate(`${KEYS}?user_id=user-carol`);
    expect(all.json["keys"]).toHaveLength(1);
  });

  it("needs to be known: anonymous callers make none, nor does anybody while auth is in fallback", async () => {
    const body = { name: "k", scopes: ["self"] };
    expect((await community.call(KEYS, { body })).json["code"]).toBe("identity_required");
    await using auth = await FakePlugin.start();
    const plugins = { auth: { image: "rat/a:1", address: auth.address } };
    await using open = await startTestRatd(database.connectionString, { plugins });
    await until(async () => (await open.call("/features")).json["auth"]);
    await auth.down();
    await until(async () => (await open.call("/health")).json["fallback_active"]);
    for (const options of [{ body }, { body, operator: true }]) {
      const refused =
        "operator" in options ? await open.operate(KEYS, { body }) : await open.call(KEYS, options);
      expect(refused).toMatchObject({ status: 503, json: { code: "auth_fallback" } });
    }
    // Operators work on with keys that they have.
    expect((await open.operate("/api/v1/plugins")).status).toBe(200);
    expect((await open.call("/api/v1/plugins")).status).toBe(401);
  });
});

describe("the operator's routes", () => {
  it("open to users by role_permissions, and only while the auth plugin serves", async () => {
    expect((await signedIn.call("/api/v1/plugins", { token: "alice" })).status).toBe(200);
    expect((await community.call("/api/v1/plugins")).status).toBe(401);
    const key = await insertApiKey(database.connectionString, { scopes: ["self"] });
    const refused = await community.call("/api/v1/plugins", withKey(key));
    expect(refused).toMatchObject({ status: 403, json: { code: "scope_missing" } });
    expect(refused.json["detail"]).toContain("plugins:read");
  });

  it("count each key for itself: the 31st list of a minute waits", async () => {
    const [hog, other] = await Promise.all(
      [0, 1].map(() => insertApiKey(database.connectionString, { scopes: ["plugins:read"] })),
    );
    const list = (key = "") =>
      community.call("/api/v1/plugins", withKey(key, { headers: { "x-forwarded-for": "1.2.3.4" } }));
    const statuses = [];
    for (let n = 0; n < 31; n++) statuses.push((await list(hog)).status);
    // A minute may have turned over in between; then there is one more to come.
    expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 200));
    let last = await list(hog);
    for (let n = 0; n < 31 && last.status === 200; n++) last = await list(hog);
    expect(last).toMatchObject({ status: 429, json: { code: "rate_limited" } });
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await list(other)).status).toBe(200);
    expect((await community.call("/health")).status).toBe(200);
  });
});

describe("the bootstrap key", () => {
  it("is made by one of many, in a file for its owner alone", async () => {
    await using fresh = await createTestDatabase();
    const opened = openDatabase({
      connection: fresh.connectionString,
      logger: silentLogger,
      clock: systemClock,
    });
    const schema = new Schema({ database: opened, logger: silentLogger });
    const store = new KeyStore({ database: opened, schema });
    const folders = await Promise.all(Array.from({ length: 8 }, () => mkdtemp(join(tmpdir(), "rat-boot-"))));
    const written: string[] = [];
    const recorded = async (id: string) => void written.push(id);
    try {
      const files = await Promise.all(
        folders.map((dataDirectory) => writeBootstrapKey({ store, dataDirectory, randomBytes, recorded })),
      );
      const [file, ...more] = files.filter((one) => one !== undefined);
      expect(more).toEqual([]);
      expect((await stat(file ?? "")).mode & 0o777).toBe(0o600);
      expect(await readFile(file ?? "", "utf8")).toMatch(/^rat_[0-9a-f]{16}_[0-9a-f]{64}\n$/);
      expect(written).toHaveLength(1);
      expect(file).toBe(bootstrapKeyFile(join(file ?? "", "..")));
      const [folder = ""] = folders;
      expect(
        await writeBootstrapKey({ store, dataDirectory: folder, randomBytes, recorded }),
      ).toBeUndefined();
    } finally {
      await opened[Symbol.asyncDispose]();
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
    }
  });
});
