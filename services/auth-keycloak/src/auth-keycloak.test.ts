import { Code } from "@connectrpc/connect";
import { testPlugin } from "@rat/plugin-sdk";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { openAuthLab } from "../../../tests/support/auth-keycloak-lab.ts";
import { createManualClock } from "../../../tests/support/manual-clock.ts";
import { makeSigningKey, SigningProvider } from "../../../tests/support/signing-provider.ts";
import { until } from "../../../tests/support/until.ts";
import { authKeycloak } from "./auth-keycloak.ts";

test("a token of Keycloak becomes an identity with realm and client roles", async () => {
  const { token, identify, now } = await openAuthLab();
  const signed = await token({
    realm_access: { roles: ["admin", "viewer"] },
    resource_access: { rat: { roles: ["editor", "admin"] }, other: { roles: ["not-ours"] } },
  });
  const identity = await identify(signed);
  expect(identity).toMatchObject({
    userId: "alice",
    email: "alice@example.com",
    roles: ["admin", "viewer", "editor"],
    expiresAt: BigInt(now() + 300),
  });
  expect(identity).not.toHaveProperty("maxAgeMs");
});

test.each(["RS256", "PS256", "ES256", "EdDSA"])("takes tokens signed with %s", async (alg) => {
  const { token, identify } = await openAuthLab({ keys: [await makeSigningKey("k", alg)] });
  expect(await identify(await token())).toMatchObject({ userId: "alice" });
});

test("a key without alg serves each allowed algorithm of its kind", async () => {
  const key = await makeSigningKey("k", "RS256");
  const { provider, token, identify, clock } = await openAuthLab({ keys: [key] });
  const { alg: _, ...jwk } = key.jwk;
  provider.keys = [jwk];
  clock.advance(600_000);
  await until(() => provider.fetches === 2);
  expect(await identify(await token())).toMatchObject({ userId: "alice" });
});

test("a token without key id is taken where one key comes into question, and refused where two do", async () => {
  const { provider, token, identify, clock, key } = await openAuthLab();
  const anonymous = await token({ exp: clock.now() / 1000 + 3600 }, { kid: undefined });
  expect(await identify(anonymous)).toMatchObject({ userId: "alice" });
  provider.keys = [key.jwk, (await makeSigningKey("key-2")).jwk];
  clock.advance(600_000);
  await until(() => provider.fetches === 2);
  const refused = (): Promise<boolean> =>
    identify(anonymous).then(
      () => false,
      () => true,
    );
  expect(await until(refused)).toBe(true);
});

test("a token serves until its end and the skew, not a second longer", async () => {
  const { token, identify, clock, now } = await openAuthLab({ config: { clock_skew_seconds: 60 } });
  const end = now() + 300;
  const signed = await token({ exp: end });
  clock.advance(299_000);
  expect(await identify(signed)).toMatchObject({ expiresAt: BigInt(end) });
  clock.advance(60_000);
  // The identity must not end in the past: ratd would refuse it.
  expect(await identify(signed)).toMatchObject({ expiresAt: BigInt(end + 60) });
  clock.advance(1000);
  await expect(identify(signed)).rejects.toMatchObject({
    code: Code.Unauthenticated,
    rawMessage: "the token has expired",
  });
});

test("whom a token is for: the client, or one of ours by azp as Keycloak says it", async () => {
  const { token, identify } = await openAuthLab({ config: { login_client_id: "rat-cli" } });
  const takes = async (claims: object): Promise<boolean> =>
    identify(await token({ ...claims })).then(
      () => true,
      () => false,
    );
  expect(await takes({ aud: "rat", azp: "rat-cli" })).toBe(true);
  expect(await takes({ aud: "account", azp: "rat" })).toBe(true);
  expect(await takes({ aud: ["realm-management", "account"], azp: "rat-cli" })).toBe(true);
  expect(await takes({ aud: "account", azp: "grafana" })).toBe(false);
  expect(await takes({ aud: "account", azp: undefined })).toBe(false);
  expect(await takes({ aud: "grafana", azp: "rat" })).toBe(false);
  expect(await takes({ aud: ["rat", 7], azp: "rat" })).toBe(false);
});

test("a configured audience is the only one", async () => {
  const { token, identify } = await openAuthLab({ config: { audience: ["https://rat.example", "api"] } });
  expect(await identify(await token({ aud: "api" }))).toMatchObject({ userId: "alice" });
  await expect(identify(await token({ aud: ["rat", "account"] }))).rejects.toMatchObject({
    rawMessage: expect.stringContaining("config.audience"),
  });
});

test("an ID token of a provider that does not mark its tokens is refused", async () => {
  const { token, identify } = await openAuthLab();
  const unmarked = { typ: undefined, aud: "rat" };
  for (const claims of [
    unmarked,
    { ...unmarked, nonce: "n", scope: "openid" },
    { ...unmarked, at_hash: "x" },
  ]) {
    await expect(identify(await token(claims))).rejects.toMatchObject({ code: Code.Unauthenticated });
  }
  expect(await identify(await token({ ...unmarked, scope: "openid" }))).toMatchObject({ userId: "alice" });
  expect(await identify(await token(unmarked, { typ: "at+jwt" }))).toMatchObject({ userId: "alice" });
});

test("claims of other providers are found by path", async () => {
  const { token, identify } = await openAuthLab({
    config: {
      user_claim: "preferred_username",
      email_claim: ["https://rat.example/email"],
      roles_claims: [["https://rat.example/roles"], "/a~1b/c", "groups", "toString", "__proto__.x"],
    },
  });
  const signed = await token({
    preferred_username: "al",
    "https://rat.example/email": "al@example.com",
    "https://rat.example/email_verified": true,
    "https://rat.example/roles": ["one", 2, "", "bad\u0007"],
    "a/b": { c: ["two"] },
    groups: "three",
  });
  expect(await identify(signed)).toMatchObject({
    userId: "al",
    email: "al@example.com",
    roles: ["one", "two", "three"],
  });
  for (const bad of [undefined, "", 7, "anonymous", "a\nb", "x".repeat(513)]) {
    await expect(identify(await token({ preferred_username: bad }))).rejects.toMatchObject({
      rawMessage: expect.stringContaining("config.user_claim"),
    });
  }
});

const UNPROVEN = [false, "false", 0, "yes", null, undefined];

test.each(UNPROVEN)(
  "an address whose email_verified is %j is left out, and no user id",
  async (email_verified) => {
    const mail = { email: "al@example.com", email_verified };
    const { token, identify } = await openAuthLab();
    expect(await identify(await token(mail))).toMatchObject({ email: "" });
    for (const path of ["email", "https://rat.example/email"]) {
      const lab = await openAuthLab({ config: { user_claim: path } });
      const signed = await lab.token({ ...mail, [path]: "al@example.com", sub: "alice" });
      await expect(lab.identify(signed)).rejects.toMatchObject({
        code: Code.Unauthenticated,
        rawMessage: expect.stringContaining("does not prove the user id"),
      });
    }
  },
);

test.each([true, "true"])("an address whose email_verified is %j counts", async (email_verified) => {
  const { token, identify } = await openAuthLab({ config: { user_claim: "email" } });
  const signed = await token({ email: "al@example.com", email_verified });
  expect(await identify(signed)).toMatchObject({ userId: "al@example.com", email: "al@example.com" });
});

test("a token that says nothing of an address proves it only where that is set", async () => {
  const { token, identify } = await openAuthLab({
    config: { user_claim: "email", email_verified_optional: true },
  });
  const mail = { email: "al@example.com" };
  expect(await identify(await token({ ...mail, email_verified: undefined }))).toMatchObject({
    userId: "al@example.com",
  });
  await expect(identify(await token({ ...mail, email_verified: false }))).rejects.toMatchObject({
    code: Code.Unauthenticated,
  });
});

test("roles that a token leaves out are missed, not taken for none", async () => {
  const { token, identify } = await openAuthLab({ config: { roles_claims: ["groups"] } });
  for (const overage of [{ _claim_names: { groups: "src1" } }, { hasgroups: true }]) {
    await expect(identify(await token(overage))).rejects.toMatchObject({
      rawMessage: expect.stringContaining("leaves out groups"),
    });
  }
  const many = Array.from({ length: 1001 }, (_, at) => `role-${at}`);
  await expect(identify(await token({ groups: many }))).rejects.toMatchObject({
    rawMessage: "the token has more than 1000 roles",
  });
});

test("decides by the roles of the question", async () => {
  const permissions = { admin: ["*"], editor: ["pipeline:*", "read"], viewer: ["*:re*d"] };
  const { plugin } = await openAuthLab({ config: { permissions } });
  const may = async (roles: string[], action: string, resourceType = "table") =>
    (await plugin.client.authorize({ userId: "alice", roles, action, resourceType })).allowed;
  expect(await may(["admin"], "delete")).toBe(true);
  expect(await may(["editor"], "delete", "pipeline")).toBe(true);
  expect(await may(["editor"], "delete")).toBe(false);
  expect(await may(["editor"], "read")).toBe(true);
  expect(await may(["viewer"], "read")).toBe(true);
  expect(await may(["viewer"], "re")).toBe(false);
  expect(await may(["constructor", "nobody"], "read")).toBe(false);
  expect(await may(["admin"], "")).toBe(false);
  const none = await plugin.client.authorize({ userId: "alice", action: "read" });
  expect(none).toMatchObject({ allowed: false, reason: "alice has no roles" });
});

test("tells how to sign in", async () => {
  const { plugin, provider } = await openAuthLab({
    config: {
      login_client_id: "rat-cli",
      login_scopes: ["openid", "rat"],
      login_resource: "https://rat.example",
    },
  });
  expect(await plugin.client.getLoginOptions({})).toMatchObject({
    issuer: provider.issuer,
    clientId: "rat-cli",
    scopes: ["openid", "rat"],
    resource: "https://rat.example",
  });
});

test("a Keycloak that people reach by another name is asked at its own address, and its tokens say that name", async () => {
  const issuer = "https://sso.example/realms/rat";
  const key = await makeSigningKey("k");
  const provider = await SigningProvider.start([key], { path: "/realms/rat" });
  onTestFinished(() => provider[Symbol.asyncDispose]());
  provider.overrides["issuer"] = issuer;
  const config = { issuer, keycloak_url: new URL(provider.issuer).origin, realm: "rat", client_id: "rat" };
  const plugin = await testPlugin(authKeycloak(), { config });
  onTestFinished(() => plugin[Symbol.asyncDispose]());
  const seconds = Math.floor(Date.now() / 1000);
  const claims = { aud: ["rat"], typ: "Bearer", sub: "alice", iat: seconds, exp: seconds + 300 };
  const identified = (iss: string) =>
    provider.sign({ ...claims, iss }, key).then((token) => plugin.client.authenticate({ token }));
  await until(async () => (await identified(issuer)).userId === "alice");
  await expect(identified(provider.issuer)).rejects.toMatchObject({ code: Code.Unauthenticated });
  expect(await plugin.client.getLoginOptions({})).toMatchObject({ issuer });
});

test.each([
  [{ client_id: "rat" }, "config.keycloak_url: is required"],
  [{ client_id: "rat", keycloak_url: "https://sso.example" }, "config.realm: is required"],
  [
    { client_id: "rat", issuer: "https://a.example", keycloak_url: "https://b.example" },
    "config.realm: is required",
  ],
  [{ client_id: "rat", issuer: "http://sso.example" }, "config.issuer: must be an https URL"],
  [
    { client_id: "rat", keycloak_url: "http://10.0.0.1", realm: "r" },
    "config.keycloak_url: must be an https URL",
  ],
  [{ client_id: "rat", issuer: "https://u:p@sso.example" }, "config.issuer: must hold no user"],
  [{ client_id: "rat", issuer: "https://sso.example?x" }, "config.issuer: must hold no query"],
  [{ client_id: "rat", issuer: "file:///etc/passwd" }, "config.issuer: must be an https URL"],
  [{ client_id: "rat", issuer: "sso" }, "config.issuer: is not a URL"],
  [{ client_id: "rat", keycloak_url: "https://sso.example", realm: "a/b" }, "config.realm"],
  [{ client_id: "rat", issuer: "https://sso.example", algorithms: ["HS256"] }, "config.algorithms[0]"],
  [{ client_id: "rat", issuer: "https://sso.example", algorithms: ["none"] }, "config.algorithms[0]"],
  [{ client_id: "rat", issuer: "https://sso.example", clock_skew_seconds: 61 }, "config.clock_skew_seconds"],
  [{ client_id: "rat", issuer: "https://sso.example", introspection: "always" }, "config.introspection"],
  [{ issuer: "https://sso.example" }, "config.client_id: is required"],
])("a wrong configuration names its field: %j", async (config, message) => {
  const starting = testPlugin(authKeycloak(), { config });
  await expect(starting).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining(message),
  });
});

test("a provider that is away at the start is named, and found when it comes", async () => {
  const key = await makeSigningKey("key-1");
  const gone = await SigningProvider.start([key]);
  const port = Number(new URL(gone.issuer).port);
  await gone[Symbol.asyncDispose]();
  const clock = createManualClock();
  const plugin = await testPlugin(authKeycloak({ after: clock.after }), {
    config: { issuer: gone.issuer, client_id: "rat" },
    now: () => new Date(clock.now()),
  });
  onTestFinished(() => plugin[Symbol.asyncDispose]());
  expect(plugin.health()).toEqual({
    status: "down",
    message: `cannot reach ${gone.issuer}: connection refused; check issuer`,
  });
  const now = clock.now() / 1000;
  const claims = { iss: gone.issuer, aud: "rat", typ: "Bearer", sub: "alice", iat: now, exp: now + 300 };
  const token = await gone.sign(claims, key);
  // Not a refusal: the token may well be good.
  await expect(plugin.client.authenticate({ token })).rejects.toMatchObject({ code: Code.Unavailable });
  const back = await SigningProvider.start([key], { port });
  onTestFinished(() => back[Symbol.asyncDispose]());
  clock.advance(5000);
  await until(() => plugin.health().status === "healthy");
  expect(await plugin.client.authenticate({ token })).toMatchObject({ userId: "alice" });
});

test("while the provider is away its keys stay in force, for as long as configured", async () => {
  const config = { jwks_max_age_seconds: 60, jwks_max_stale_seconds: 3600 };
  const { provider, plugin, clock, token, identify, now } = await openAuthLab({ config });
  const signed = await token({ exp: now() + 86_400 });
  provider.jwks = { status: 503 };
  clock.advance(60_000);
  const { message } = await until(() =>
    plugin.health().status === "degraded" ? plugin.health() : undefined,
  );
  expect(message).toBe(
    `cannot reach ${provider.issuer}: its keys: the answer is 503; check issuer. ` +
      `Its keys, fetched 1 min ago, stay in force for 60 min more`,
  );
  expect(await identify(signed)).toMatchObject({ userId: "alice" });
  clock.advance(3_600_000);
  await expect(identify(signed)).rejects.toMatchObject({ code: Code.Unavailable });
  expect(plugin.health().status).toBe("down");
  provider.jwks = "normal";
  clock.advance(30_000);
  await until(() => plugin.health().status === "healthy");
  expect(await identify(signed)).toMatchObject({ userId: "alice" });
});

test("a new key is found without restart, and a withdrawn one is refused after the next look", async () => {
  const { provider, key, clock, claims, identify, now } = await openAuthLab();
  const next = await makeSigningKey("key-2");
  const old = await provider.sign(claims({ exp: now() + 3600 }), key);
  provider.keys = [next.jwk];
  clock.advance(30_000);
  expect(await identify(old)).toMatchObject({ userId: "alice" });
  expect(await identify(await provider.sign(claims(), next))).toMatchObject({ userId: "alice" });
  await expect(identify(old)).rejects.toMatchObject({ code: Code.Unauthenticated });
  expect(provider.fetches).toBe(2);
});

test.each([
  ["another issuer", { issuer: "https://evil.example" }, "says another issuer"],
  ["the issuer with a slash", (issuer: string) => ({ issuer: `${issuer}/` }), "says another issuer"],
  ["no keys", { jwks_uri: undefined }, "has no jwks_uri"],
  [
    "keys in a file",
    { jwks_uri: "file:///etc/passwd" },
    "jwks_uri of the discovery document must be an https URL",
  ],
  [
    "keys without TLS",
    { jwks_uri: "http://10.1.2.3/jwks" },
    "jwks_uri of the discovery document must be an https",
  ],
])("a discovery document with %s is refused", async (_, overrides, message) => {
  const key = await makeSigningKey("key-1");
  const provider = await SigningProvider.start([key]);
  onTestFinished(() => provider[Symbol.asyncDispose]());
  Object.assign(provider.overrides, typeof overrides === "function" ? overrides(provider.issuer) : overrides);
  const plugin = await testPlugin(authKeycloak(), { config: { issuer: provider.issuer, client_id: "rat" } });
  onTestFinished(() => plugin[Symbol.asyncDispose]());
  expect(plugin.health()).toMatchObject({ status: "down", message: expect.stringContaining(message) });
  expect(provider.fetches).toBe(0);
});

test.each([
  ["redirects", { status: 302 }, "is a redirect (302), which is not followed"],
  ["are too large", { status: 200, body: `{"keys":[],"x":"${"x".repeat(2 ** 20)}"}` }, "more than 1 MiB"],
  ["are not JSON", { status: 200, body: "<html>" }, "is not JSON"],
  ["are no key set", { status: 200, body: "[]" }, "is not a key set"],
  ["are empty", { status: 200, body: '{"keys":[]}' }, "publishes no key"],
])("keys that %s leave the plugin down with the reason", async (_, jwks, message) => {
  const provider = await SigningProvider.start([]);
  onTestFinished(() => provider[Symbol.asyncDispose]());
  provider.jwks = jwks;
  const plugin = await testPlugin(authKeycloak(), { config: { issuer: provider.issuer, client_id: "rat" } });
  onTestFinished(() => plugin[Symbol.asyncDispose]());
  expect(plugin.health()).toMatchObject({ status: "down", message: expect.stringContaining(message) });
  expect(provider.asked.has("/elsewhere")).toBe(false);
});

test("a provider that hangs does not hold up the start", async () => {
  const provider = await SigningProvider.start([]);
  onTestFinished(() => provider[Symbol.asyncDispose]());
  provider.discovery = "hang";
  const clock = createManualClock();
  const starting = testPlugin(authKeycloak({ after: clock.after }), {
    config: { issuer: provider.issuer, client_id: "rat" },
    now: () => new Date(clock.now()),
  });
  await until(() => provider.asked.size === 1);
  clock.advance(2000);
  const plugin = await starting;
  onTestFinished(() => plugin[Symbol.asyncDispose]());
  expect(plugin.health().message).toBe(`waiting for the keys of ${provider.issuer}`);
  clock.advance(1000);
  await until(() => plugin.health().message.includes("no answer within 3000 ms"));
});

test("another role table keeps the keys; another provider does not", async () => {
  const { provider, plugin, token, identify } = await openAuthLab();
  provider.jwks = { status: 503 };
  const config = { issuer: provider.issuer, client_id: "rat" };
  await plugin.plugin.configure({ config: { ...config, permissions: { viewer: ["read"] } } });
  expect(await identify(await token())).toMatchObject({ userId: "alice" });
  await plugin.plugin.configure({ config: { ...config, algorithms: ["ES256"] } });
  await expect(identify(await token())).rejects.toMatchObject({ code: Code.Unavailable });
});

test(
  "no text whatever becomes an identity without the provider's signature",
  { timeout: 60_000 },
  async () => {
    const { token, identify } = await openAuthLab();
    const good = await token();
    const [header = "", payload = "", signature = ""] = good.split(".");
    const part = fc.oneof(
      fc.base64String(),
      fc.string({ unit: "binary" }),
      fc.constantFrom(header, payload, signature, ""),
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(".")),
      fc.json().map((json) => `${header}.${Buffer.from(json).toString("base64url")}.${signature}`),
      fc.json().map((json) => `${Buffer.from(json).toString("base64url")}.${payload}.${signature}`),
      fc.tuple(fc.nat(good.length - 1), fc.string({ minLength: 1, maxLength: 1 })).map(([at, text]) => {
        return good.slice(0, at) + text + good.slice(at + 1);
      }),
    );
    const property = fc.asyncProperty(texts, async (text) => {
      fc.pre(text !== good);
      await expect(identify(text)).rejects.toMatchObject({ code: Code.Unauthenticated });
    });
    await fc.assert(property, { numRuns: 1000 });
  },
);
