import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FakePlugin } from "../support/fake-plugin.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { SecretCanaries } from "../support/secret-canaries.ts";
import { startTestRatd, type CallOptions, type CallResult, type TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const canaries = new SecretCanaries();
const token = canaries.plain("the caller's token");
/** Bodies of refusals, which a proxy or a client may log. */
const refusals: string[] = [];
let database: TestDatabase;
let plugin: FakePlugin;
let ratd: TestRatd;
let streamed = "";
const stopListening = new AbortController();

beforeAll(async () => {
  database = await createTestDatabase();
  plugin = await FakePlugin.start();
  plugin.userOf = () => "alice";
  plugin.credentials = { AWS_SECRET_ACCESS_KEY: canaries.plain("cloud credentials") };
  const { address } = plugin;
  const slot = (name: string) => [
    name,
    {
      image: `rat/the-${name}:1`,
      address,
      config: {
        client_secret: canaries.plain(`client_secret of ${name}`),
        nested: { deep: [canaries.plain(`a nested value of ${name}`)] },
      },
    },
  ];
  const url = new URL(database.connectionString);
  url.password = canaries.plain("password of the database");
  ratd = await startTestRatd(url.href, {
    limits: { body: 4096, principal: { list: 0, get: 0, write: 0 } },
    plugins: Object.fromEntries(["auth", "sharing", "enforcement", "cloud"].map(slot)) as Record<
      string,
      object
    >,
  });
  const made = await ratd.operate("/api/v1/access/keys", { body: { name: "listener", scopes: ["*"] } });
  const listener = String(made.json["key"]);
  canaries.keep("key of the listener", listener.split("_")[2] ?? "");
  void listen(listener);
});
afterAll(async () => {
  stopListening.abort();
  await ratd[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function listen(key: string): Promise<void> {
  const headers = { "x-api-key": key };
  const response = await fetch(`${ratd.url}/api/v1/events`, { headers, signal: stopListening.signal });
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? [])
      streamed += decoder.decode(chunk as Uint8Array, { stream: true });
  } catch {
    // The test is over.
  }
}

async function send(path: string, options: CallOptions = {}): Promise<CallResult> {
  const answer = await ratd.call(path, { token, ...options });
  if (answer.status >= 400) refusals.push(answer.text);
  return answer;
}

const secret = (name: string) => canaries.plain(name);

it("no secret that goes in comes out where it does not belong", async () => {
  expect((await send("/api/v1/namespaces", { body: { name: "canaries" } })).status).toBe(201);

  // Credentials, right, wrong and misplaced
  const bearer = (value: string) => ({ token: value });
  await send("/api/v1/me", bearer(secret("a bearer token")));
  await send("/api/v1/me", bearer(canaries.jwt("a JWT")));
  await send("/api/v1/me", bearer(canaries.apiKey("an API key as bearer")));
  await send("/api/v1/me", { headers: { "x-api-key": canaries.apiKey("an API key") } });
  await send("/api/v1/me", { headers: { "x-api-key": secret("an API key without its form") } });
  const basic = Buffer.from(`alice:${secret("a basic password")}`).toString("base64");
  for (const [name, value] of Object.entries({
    authorization: `Basic ${basic}`,
    cookie: `session=${secret("a cookie")}`,
    "proxy-authorization": `Bearer ${secret("a proxy token")}`,
    "x-auth-token": secret("a foreign header"),
    "x-rat-user": secret("a header that claims"),
    "idempotency-key": secret("an idempotency key"),
    "if-match": `"${secret("an etag")}"`,
    traceparent: secret("a trace"),
    referer: `http://x/?token=${secret("a referer")}`,
    "user-agent": secret("a user agent"),
    "last-event-id": secret("an event id"),
    "x-forwarded-for": secret("a forwarded address"),
  })) {
    await send("/api/v1/me", { headers: { [name]: value } });
    await send("/api/v1/namespaces", { headers: { [name]: value }, body: { name: "Not A Name" } });
  }

  // Queries
  for (const name of ["access_token", "api_key", "password"])
    await send(`/api/v1/runs?${name}=${secret(`query ${name}`)}`);
  await send(`/api/v1/runs?cursor=${secret("a cursor")}`);
  await send(`/api/v1/audit?cursor=${secret("an audit cursor")}`);
  await ratd.operate(`/api/v1/audit?access_token=${secret("a query of the audit log")}`);

  // Bodies: members that no schema knows, wrong types, broken and foreign syntax, too much
  const bodies: readonly (readonly [string, object])[] = [
    ["/api/v1/namespaces", { name: "canaries" }],
    [
      "/api/v1/sharing",
      { resource_type: "namespace", resource_id: "canaries", grantee_id: "bob", permission: "read" },
    ],
    ["/api/v1/sharing/transfer", { resource_type: "namespace", resource_id: "canaries", to_user_id: "bob" }],
    ["/api/v1/access/check", { action: "read", resource_type: "namespace" }],
    ["/api/v1/credentials", { resource_type: "namespace", resource_id: "canaries", access: "write" }],
    ["/api/v1/access/keys", { name: "one", scopes: ["self"] }],
    ["/api/v1/runs", { layer: "bronze", pipeline: "none" }],
  ];
  for (const [path, body] of bodies) {
    await send(path, { body: { ...body, password: secret(`an unknown member of ${path}`) } });
    await send(path, { body: { ...body, name: { nested: secret(`a wrong type in ${path}`) } } });
    await send(path, { body: `{"name": "x", "token": "${secret(`broken JSON for ${path}`)}` });
    await send(path, { body: { text: `${secret(`too much for ${path}`)}${"x".repeat(5000)}` } });
    const headers = { "content-type": "text/plain" };
    await send(path, { headers, body: `token=${secret(`a foreign type for ${path}`)}` });
  }

  // Secrets that ratd keeps or gives out
  const env = { TOKEN: secret("environment of a version") };
  const pipeline = {
    namespace: "canaries",
    layer: "bronze",
    name: "one",
    kind: "command",
    spec: { argv: ["true"], env },
  };
  expect((await send("/api/v1/pipelines", { body: pipeline })).status).toBe(201);
  const run = {
    namespace: "canaries",
    layer: "bronze",
    pipeline: "one",
    env: { TOKEN: secret("environment of a run") },
  };
  expect((await send("/api/v1/runs", { body: run })).status).toBe(202);
  const base = "/api/v1/pipelines/canaries/bronze/one";
  const webhook = await send(`${base}/triggers`, { body: { kind: "webhook", config: { verify: "both" } } });
  expect(webhook.status, webhook.text).toBe(201);
  canaries.keep("token of a webhook", String(webhook.json["token"]));
  canaries.keep("signing secret of a webhook", String(webhook.json["secret"]));
  const hook = `/api/v1/webhooks/${String(webhook.json["id"])}`;
  for (const given of [secret("a wrong webhook token"), String(webhook.json["token"])]) {
    const payload = { password: secret(`a payload for ${given}`) };
    const headers = { "x-rat-signature": `sha256=${secret(`a signature for ${given}`)}` };
    await send(hook, { token: given, headers, body: payload });
  }
  const made = await send("/api/v1/access/keys", { body: { name: "mine", scopes: ["self"] } });
  canaries.keep("a key that was made", String(made.json["key"]).split("_")[2] ?? "");
  await send("/api/v1/me", { token: String(made.json["key"]) });
  const rotated = await send(`/api/v1/access/keys/${String(made.json["id"])}/rotate`, { body: {} });
  canaries.keep("a key that was rotated", String(rotated.json["key"]).split("_")[2] ?? "");
  const vended = await send("/api/v1/credentials", {
    body: { resource_type: "namespace", resource_id: "canaries", access: "write" },
  });
  expect(canaries.foundIn(vended.text)).toEqual(["cloud credentials"]);
  await fetch(`${ratd.url}/api/v1/namespaces/canaries/files/raw/secret.txt`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
    body: secret("content of a file"),
  });
  for (const behaviour of ["erroring", "malformed"] as const) {
    plugin.behaviour = behaviour;
    await send("/api/v1/me", bearer(secret(`a token for a plugin that is ${behaviour}`)));
    plugin.behaviour = "ok";
  }
  expect(canaries.size).toBeGreaterThanOrEqual(50);

  // The last thing that was recorded has come out everywhere.
  const last = await ratd.operate("/api/v1/namespaces", { body: { name: "the_end" } });
  const id = last.headers.get("x-request-id") ?? "";
  await until(() => streamed.includes(id));
  await until(() => ratd.log.some(({ audit, request_id: request }) => audit === true && request === id));
  await using sql = Object.assign(new Client({ connectionString: database.connectionString }), {
    [Symbol.asyncDispose]: () => sql.end(),
  });
  await sql.connect();
  const rows = await sql.query<{ row: string }>("SELECT to_jsonb(l)::text AS row FROM audit_log l");
  expect(rows.rows.length).toBeGreaterThan(50);
  expect(refusals.length).toBeGreaterThan(50);
  const places: Readonly<Record<string, string>> = {
    "the log": ratd.log.map((line) => JSON.stringify(line)).join("\n"),
    "the audit log": rows.rows.map(({ row }) => row).join("\n"),
    "an export of it": (await ratd.operate("/api/v1/audit/export")).text,
    refusals: refusals.join("\n"),
    "/health": (await ratd.call("/health")).text,
    "/features": (await ratd.call("/features")).text,
    "/metrics": (await ratd.call("/metrics")).text,
    plugins: (await ratd.operate("/api/v1/plugins")).text,
    slots: (await ratd.operate("/api/v1/slots")).text,
    keys: (await ratd.operate("/api/v1/access/keys")).text,
    leases: (await ratd.operate("/api/v1/leases")).text,
    events: streamed,
  };
  const hits = Object.entries(places).map(([place, text]) => [place, canaries.foundIn(text)]);
  expect(hits).toEqual(Object.keys(places).map((place) => [place, []]));
});
