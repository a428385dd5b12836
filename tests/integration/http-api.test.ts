import { request as httpRequest } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakePlugin } from "../support/fake-plugin.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

let database: TestDatabase;
let plugin: FakePlugin;
let rat: TestRatd;

beforeAll(async () => {
  database = await createTestDatabase();
  plugin = await FakePlugin.start();
  const { address } = plugin;
  rat = await startTestRatd(database.connectionString, {
    cors: { origins: ["https://console.example"], credentials: true },
    limits: { body: 2048 },
    plugins: {
      auth: { image: "ghcr.io/acme/auth-keycloak:latest", address },
      executor: { image: "rat/the-executor:1", address },
      sharing: { image: "rat/the-sharing:1", address },
      enforcement: { image: "rat/the-enforcement:1", address },
      cloud: { image: "rat/the-cloud:1", address },
    },
  });
});
afterAll(async () => {
  await rat[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const token = "alice";

describe("the open routes", () => {
  it("answers /health with the documented keys", async () => {
    const { status, json } = await rat.call("/health");
    expect(status).toBe(200);
    expect(json).toMatchObject({
      status: "ok",
      edition: "pro",
      exposure: "loopback",
      services: { postgres: "healthy" },
      plugins: { "auth-keycloak": "healthy", "the-cloud": "healthy" },
      fallback_active: false,
    });
    expect(Object.keys(json["slots"] as object)).toEqual([
      "auth",
      "executor",
      "sharing",
      "enforcement",
      "cloud",
    ]);
  });

  it("answers /features with the documented keys", async () => {
    expect((await rat.call("/features")).json).toEqual({
      edition: "pro",
      auth: true,
      sharing: true,
      enforcement: true,
      container_executor: true,
      cloud_aws: true,
      pipeline_triggers: true,
      pipeline_versions: true,
      // Null until the executor was asked, which may be before the first request or after it.
      executor_delivery: expect.toBeOneOf([null, "at_least_once"]),
      auth_fallback: false,
    });
  });

  it("answers liveness, readiness and metrics", async () => {
    expect((await rat.call("/health/live")).json).toEqual({ status: "ok" });
    expect((await rat.call("/health/ready")).json).toEqual({ status: "ready" });
    const { text } = await rat.call("/metrics");
    expect(text).toContain('rat_slot_state{slot="auth",state="active"} 1');
    expect(text).toContain('rat_plugin_health{plugin="auth-keycloak",slot="auth",status="healthy"} 1');
  });

  it("describes itself for programs and for people", async () => {
    const { json } = await rat.call("/openapi.json");
    expect(json["openapi"]).toBe("3.1.0");
    expect(Object.keys(json["paths"] as object)).toContain("/api/v1/plugins/{id}");
    const page = await rat.call("/docs");
    expect(page.text).toContain("/api/v1/credentials");
    expect(page.headers.get("content-security-policy")).not.toContain("unsafe");
  });
});

describe("the routes behind the auth slot", () => {
  it("tells the caller who it is, and hands the request id and the trace to the plugin", async () => {
    const trace = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";
    const headers = { "x-request-id": "abc-1", traceparent: trace };
    const answer = await rat.call("/api/v1/me", { token, headers });
    expect(answer.json).toMatchObject({
      user_id: "user-alice",
      email: "u@example.com",
      roles: ["admin"],
      auth_mode: "plugin",
    });
    expect(answer.headers.get("x-request-id")).toBe("abc-1");
    expect(answer.headers.get("x-rat-auth-mode")).toBe("plugin");
    const sent = plugin.headers.get("Authenticate");
    expect(sent?.get("x-request-id")).toBe("abc-1");
    expect(sent?.get("traceparent")).toMatch(
      /^00-0123456789abcdef0123456789abcdef-(?!0123456789abcdef)[0-9a-f]{16}-01$/,
    );
    expect(Number(sent?.get("connect-timeout-ms"))).toBeGreaterThan(0);
  });

  it.each([
    ["no token", {}],
    ["a refused token", { authorization: "Bearer bad" }],
    ["another scheme", { authorization: "Basic YWxpY2U6eA==" }],
    ["a token with a space", { authorization: "Bearer a b" }],
    ["a token of 20 KiB", { authorization: `Bearer ${"x".repeat(20_000)}` }],
  ])("answers 401 to %s", async (_name, headers) => {
    const { status, json, headers: answered } = await rat.call("/api/v1/me", { headers });
    expect(status).toBe(401);
    expect(json).toMatchObject({ code: "unauthenticated", status: 401, instance: "/api/v1/me" });
    expect(answered.get("www-authenticate")).toBe("Bearer");
    expect(answered.get("content-type")).toContain("application/problem+json");
  });

  it("never lets a fuzzed Authorization header in as somebody", async () => {
    const values = fc.string({
      unit: fc
        .integer({ min: 0x20, max: 0xff })
        .filter((code) => code !== 0x7f)
        .map((code) => String.fromCharCode(code)),
      maxLength: 200,
    });
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const { status, json } = await rawMe(value);
        if (status === 200) expect(value.toLowerCase().startsWith("bearer ")).toBe(true);
        else expect([400, 401]).toContain(status);
        expect(json["auth_mode"] ?? "plugin").toBe("plugin");
      }),
      { numRuns: 500 },
    );
    expect((await rat.call("/health")).json["fallback_active"]).toBe(false);
  });

  it("drops claims of identity that clients send", async () => {
    const headers = { "x-rat-user": "root", "x-forwarded-user": "root", X_Forwarded_User: "root" };
    expect((await rat.call("/api/v1/me", { token, headers })).json["user_id"]).toBe("user-alice");
  });

  it("lists and shows plugins", async () => {
    const { json } = await rat.operate("/api/v1/plugins?slot=auth");
    expect(json).toMatchObject({
      total: 1,
      plugins: [
        {
          id: "auth-keycloak",
          slot: "auth",
          source: "config",
          image: "ghcr.io/acme/auth-keycloak:latest",
          health: "healthy",
          state: "enabled",
          wire: "connect+proto over HTTP/1.1",
          signature_status: "skipped",
          trust_basis: "operator_config",
        },
      ],
    });
    const one = await rat.operate("/api/v1/plugins/auth-keycloak");
    expect(one.json).toMatchObject({ id: "auth-keycloak", addresses: [{ connected: true, ejected: false }] });
    expect(one.json["health_history"]).toMatchObject([{ from: "unknown", to: "healthy" }]);
    expect((await rat.operate("/api/v1/plugins/nobody")).json["code"]).toBe("not_found");
    expect((await rat.operate("/api/v1/plugins?slot=nose")).status).toBe(400);
  });

  it("lists and shows slots", async () => {
    const { json } = await rat.call("/api/v1/slots", { token });
    expect((json["slots"] as { name: string }[]).map(({ name }) => name)).toEqual([
      "auth",
      "executor",
      "sharing",
      "enforcement",
      "cloud",
    ]);
    expect((await rat.call("/api/v1/slots/auth", { token })).json).toMatchObject({
      state: "active",
      address: plugin.address,
    });
    const unknown = await rat.call("/api/v1/slots/nose", { token });
    expect(unknown.json["detail"]).toContain("the slots are auth, executor");
  });

  it("shares, lists, takes back and transfers", async () => {
    const resource = { resource_type: "table", resource_id: "orders" };
    const grant = await rat.call("/api/v1/sharing", {
      token,
      body: { ...resource, grantee_id: "bob", permission: "write" },
    });
    expect(grant.status).toBe(201);
    expect(grant.json).toMatchObject({
      grant_id: "g1",
      permission: "write",
      granted_by: "user-alice",
      expires_at: null,
    });
    expect(plugin.headers.get("ShareResource")?.get("idempotency-key")).toBeTruthy();
    const list = await rat.call("/api/v1/sharing?resource_type=table&resource_id=orders", { token });
    expect(list.json).toMatchObject({ total: 1, grants: [{ grantee_id: "bob", permission: "read" }] });
    expect((await rat.call("/api/v1/sharing/g1", { token, method: "DELETE" })).status).toBe(204);
    expect((await rat.call("/api/v1/sharing/g2", { token, method: "DELETE" })).json["code"]).toBe(
      "not_found",
    );
    const moved = await rat.call("/api/v1/sharing/transfer", {
      token,
      body: { ...resource, to_user_id: "bob" },
    });
    expect(moved.json).toEqual({ transferred: true });
  });

  it("refuses a grant that would end in the past", async () => {
    const body = {
      resource_type: "t",
      resource_id: "r",
      grantee_id: "b",
      permission: "read",
      expires_at: "2001-01-01T00:00:00Z",
    };
    const { status, json } = await rat.call("/api/v1/sharing", { token, body });
    expect(status).toBe(422);
    expect(json["violations"]).toEqual([{ pointer: "/expires_at", message: "must lie in the future" }]);
  });

  it("answers one question of access, or many in order", async () => {
    const ask = (action: string) => ({ action, resource_type: "pipeline", resource_id: "p" });
    const path = "/api/v1/access/check";
    expect((await rat.call(path, { token, body: ask("read") })).json).toEqual({
      allowed: true,
      reason: "fake",
    });
    const many = await rat.call(path, {
      token,
      body: { checks: [ask("read"), ask("destroy"), ask("write")] },
    });
    expect((many.json["results"] as { allowed: boolean }[]).map(({ allowed }) => allowed)).toEqual([
      true,
      false,
      true,
    ]);
    const neither = await rat.call(path, { token, body: {} });
    expect(neither.status).toBe(422);
    expect(neither.json["violations"]).toHaveLength(2);
  });

  it("vends credentials without letting anyone keep them", async () => {
    const body = { resource_type: "namespace", resource_id: "default", access: "write" };
    const { status, json, headers } = await rat.call("/api/v1/credentials", { token, body });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      provider: "aws",
      resource: "arn:aws:s3:::default/*",
      credentials: { KEY: "secret" },
    });
    expect(headers.get("cache-control")).toBe("no-store");
    const azure = await rat.call("/api/v1/credentials", { token, body: { ...body, provider: "azure" } });
    expect(azure).toMatchObject({ status: 501, json: { code: "provider_not_supported" } });
    expect(JSON.stringify(rat.log)).not.toContain('"secret"');
  });

  it("follows events, and resumes where it left off", async () => {
    const first = await readEvents(
      rat.url,
      {},
      async () => {
        plugin.health = { status: "degraded", message: "tired" };
        await rat.ratd.checkNow();
      },
      2,
    );
    expect(first.map(({ event }) => event)).toContain("plugin.health.degraded");
    plugin.health = { status: "healthy", message: "" };
    await rat.ratd.checkNow();
    const last = first.at(-1)?.id ?? "";
    const resumed = await readEvents(rat.url, { "last-event-id": last }, () => Promise.resolve(), 5);
    expect(resumed.map(({ event }) => event)).toContain("slot.active");
    expect(resumed.map(({ id }) => id)).not.toContain(last);
    const reset = await readEvents(rat.url, { "last-event-id": "0-1" }, () => Promise.resolve(), 1);
    expect(reset[0]?.event).toBe("stream.reset");
    expect((await rat.call("/api/v1/events?topics=noise", { token })).status).toBe(400);
  });
});

describe("bad requests", () => {
  it.each([
    ["a path that is not there", "/api/v1/nope", { token }, 404, "not_found"],
    ["a wrong method", "/health", { method: "POST", body: {} }, 405, "method_not_allowed"],
    ["broken JSON", "/api/v1/credentials", { token, body: "{" }, 400, "bad_request"],
    ["an empty body", "/api/v1/credentials", { token, body: "" }, 400, "bad_request"],
    [
      "a body that is too large",
      "/api/v1/credentials",
      { token, body: { x: "y".repeat(4000) } },
      413,
      "payload_too_large",
    ],
    [
      "a body that is no JSON",
      "/api/v1/credentials",
      { token, body: "a=b", headers: { "content-type": "text/csv" } },
      415,
      "unsupported_media_type",
    ],
    [
      "a field of the wrong kind",
      "/api/v1/credentials",
      { token, body: { provider: "ibm", resource_type: "namespace", resource_id: "default" } },
      422,
      "validation_failed",
    ],
    ["a missing field", "/api/v1/sharing", { token, body: { resource_type: "t" } }, 422, "validation_failed"],
    [
      "a poisoned prototype",
      "/api/v1/credentials",
      { token, body: '{"__proto__":{"x":1}}' },
      400,
      "bad_request",
    ],
    [
      "a NUL in a name",
      "/api/v1/sharing",
      { token, body: { resource_type: "a\u0000b", resource_id: "r", grantee_id: "g", permission: "read" } },
      422,
      "validation_failed",
    ],
  ])("answers %s with a problem document", async (_name, path, options, status, code) => {
    const answer = await rat.call(path, options);
    expect({ status: answer.status, code: answer.json["code"] }).toEqual({ status, code });
    expect(answer.json).toMatchObject({
      title: expect.any(String),
      detail: expect.any(String),
      request_id: answer.headers.get("x-request-id"),
    });
    expect(answer.json["try"]).toHaveLength(1);
  });

  it("makes its own id of an ill-formed one", async () => {
    const { headers } = await rat.call("/health", { headers: { "x-request-id": "a b" } });
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("answers browsers of the configured origin only", async () => {
    const ask = (origin: string) =>
      rat.call("/api/v1/me", {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "GET" },
      });
    expect((await ask("https://console.example")).headers.get("access-control-allow-origin")).toBe(
      "https://console.example",
    );
    expect((await ask("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
  });
});

it("limits an address to its rate, except on the open routes", async () => {
  await using limited = await startTestRatd(database.connectionString, { limits: { rate: 3 } });
  const statuses = [];
  for (let call = 0; call < 5; call++) statuses.push((await limited.call("/api/v1/me")).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  const refused = await limited.call("/api/v1/me");
  expect(refused.json["code"]).toBe("rate_limited");
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await limited.call("/health")).status).toBe(200);
});

it("asks the auth plugin nothing for an address beyond its rate", async () => {
  await using auth = await FakePlugin.start();
  const plugins = { auth: { image: "rat/a:1", address: auth.address } };
  await using limited = await startTestRatd(database.connectionString, { limits: { rate: 2 }, plugins });
  for (let call = 0; call < 6; call++) await limited.call("/api/v1/me", { token });
  expect(auth.calls.get("Authenticate")).toBe(2);
});

it("gives no credentials while auth is in fallback, and says how the caller passed", async () => {
  await using auth = await FakePlugin.start();
  const plugins = {
    auth: { image: "rat/a:1", address: auth.address },
    cloud: { image: "rat/c:1", address: plugin.address },
  };
  await using open = await startTestRatd(database.connectionString, { plugins });
  await auth.down();
  await until(async () => (await open.call("/health")).json["fallback_active"]);
  const body = { resource_type: "namespace", resource_id: "default" };
  const refused = await open.call("/api/v1/credentials", { body, token });
  expect(refused).toMatchObject({ status: 503, json: { code: "auth_fallback" } });
  expect(refused.headers.get("retry-after")).toBe("1");
  const me = await open.call("/api/v1/me", { token });
  expect(me.json).toMatchObject({ user_id: "anonymous", email: "", roles: [], auth_mode: "noop-fallback" });
  expect(me.headers.get("x-rat-auth-mode")).toBe("noop-fallback");
  expect((await open.call("/features")).json).toMatchObject({ auth: false, auth_fallback: true });
  expect(open.log).toContainEqual(
    expect.objectContaining({ level: "error", event: "slot.fallback.engaged", slot: "auth" }),
  );
  const metrics = (await open.call("/metrics")).text;
  expect(metrics).toContain('rat_slot_fallback_active{slot="auth",mode="noop"} 1');
  expect(metrics).toMatch(/rat_slot_fallback_requests_total\{slot="auth"\} [1-9]/);
});

/** GET /api/v1/me with an Authorization header that fetch would refuse to send. */
function rawMe(authorization: string): Promise<{ status: number; json: Record<string, unknown> }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    json: Record<string, unknown>;
  }>();
  const request = httpRequest(new URL("/api/v1/me", rat.url), { headers: { authorization } }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    response.once("end", () => {
      resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) as Record<string, unknown> });
    });
  });
  request.once("error", reject);
  request.end();
  return promise;
}

interface StreamedEvent {
  readonly id: string | undefined;
  readonly event: string;
}

/** Opens the stream, runs `act`, and reads until `count` events came. */
async function readEvents(
  url: string,
  headers: Record<string, string>,
  act: () => Promise<void>,
  count: number,
): Promise<StreamedEvent[]> {
  const abort = new AbortController();
  const response = await fetch(new URL("/api/v1/events", url), {
    headers: { ...headers, authorization: `Bearer ${token}` },
    signal: abort.signal,
  });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  expect(response.headers.get("x-accel-buffering")).toBe("no");
  const acted = act();
  const events: StreamedEvent[] = [];
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      if (event !== undefined) events.push({ event, id: /^id: (.*)$/m.exec(block)?.[1] });
    }
    if (events.length >= count) break;
  }
  abort.abort();
  await acted;
  return events;
}
