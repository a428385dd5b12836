import { describe, expect, test } from "vitest";
import { createClient } from "./client.ts";
import { answerJson, startTestServer } from "./test-server.ts";

const FLAGS = {
  edition: "pro",
  auth: true,
  sharing: false,
  enforcement: false,
  container_executor: false,
  cloud_aws: false,
  pipeline_triggers: false,
  pipeline_versions: false,
  executor_delivery: null,
  auth_fallback: false,
};

describe("a request", () => {
  test("carries the token, and the answer is handed over as it came", async () => {
    await using server = await startTestServer((_, response) => answerJson(response, 200, FLAGS));
    const client = createClient({ address: `${server.address}/`, token: "secret" });
    expect(await client.features()).toEqual(FLAGS);
    expect(server.seen[0]).toMatchObject({ method: "GET", url: "/features" });
    expect(server.seen[0]?.headers.authorization).toBe("Bearer secret");
  });

  test("carries an API key as such, and never beside a token", async () => {
    await using server = await startTestServer((_, response) => answerJson(response, 200, FLAGS));
    await createClient({ address: server.address, apiKey: "rat_1_2" }).features();
    expect(server.seen[0]?.headers).toMatchObject({ "x-api-key": "rat_1_2" });
    expect(server.seen[0]?.headers).not.toHaveProperty("authorization");
    expect(() => createClient({ address: server.address, apiKey: "rat_1_2", token: "t" })).toThrow(TypeError);
  });

  test("escapes what stands in a path or a query", async () => {
    await using server = await startTestServer((_, response) =>
      answerJson(response, 200, { grants: [], total: 0 }),
    );
    const client = createClient({ address: server.address });
    await client.sharing.list({ resource_type: "table", resource_id: "a/b&c" });
    await client.sharing.revoke("x/../y");
    expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /api/v1/sharing?resource_type=table&resource_id=a%2Fb%26c",
      "DELETE /api/v1/sharing/x%2F..%2Fy",
    ]);
  });

  test("with a body sends it as JSON", async () => {
    await using server = await startTestServer((_, response) =>
      answerJson(response, 200, { results: [{ allowed: false, reason: "no grant" }] }),
    );
    const question = { action: "read", resource_type: "table", resource_id: "t1" };
    const decision = await createClient({ address: server.address }).access.check(question);
    expect(decision).toEqual({ allowed: false, reason: "no grant" });
    expect(server.seen[0]?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(server.seen[0]?.body ?? "")).toEqual({ checks: [question] });
  });
});

describe("a failure", () => {
  test("that ratd explains is an ApiError with the whole problem", async () => {
    await using server = await startTestServer((_, response) => {
      response.setHeader("retry-after", "7");
      answerJson(response, 503, {
        code: "slot_denying",
        title: "Denying",
        detail: "auth-keycloak is down",
        try: ["bring it back"],
        violations: [{ pointer: "/a", message: "wrong" }],
      });
    });
    await expect(createClient({ address: server.address }).slots.list()).rejects.toMatchObject({
      name: "ApiError",
      problem: {
        status: 503,
        code: "slot_denying",
        title: "Denying",
        detail: "auth-keycloak is down",
        try: ["bring it back"],
        requestId: "req-1",
        retryAfterSeconds: 7,
        violations: [{ pointer: "/a", message: "wrong" }],
      },
    });
  });

  test("of another program on the address says so instead of failing later", async () => {
    await using server = await startTestServer((_, response) => answerJson(response, 200, { status: "UP" }));
    await expect(createClient({ address: server.address }).features()).rejects.toMatchObject({
      name: "UnexpectedAnswerError",
      message: expect.stringContaining("without edition, auth"),
    });
  });

  test("of a proxy that answers HTML says so", async () => {
    await using server = await startTestServer((_, response) => {
      response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");
    });
    await expect(createClient({ address: server.address }).me()).rejects.toMatchObject({
      name: "UnexpectedAnswerError",
      status: 502,
      message: `${server.address} answered 502 with text/html, not as ratd does`,
    });
  });

  test("to connect names the address and the system's reason", async () => {
    let address = "";
    {
      await using server = await startTestServer(() => {});
      address = server.address;
    }
    await expect(createClient({ address }).health()).rejects.toMatchObject({
      name: "UnreachableError",
      address,
      timedOut: false,
      reason: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("to answer in time is told apart from a refused connection", async () => {
    await using server = await startTestServer(() => {});
    await expect(createClient({ address: server.address, timeoutMs: 50 }).health()).rejects.toMatchObject({
      name: "UnreachableError",
      timedOut: true,
      reason: "no answer within 50 ms",
    });
  });
});

test.each([
  [200, { status: "ready" }, true],
  [503, { status: "starting" }, false],
])("readiness of status %i", async (status, body, ready) => {
  await using server = await startTestServer((_, response) => answerJson(response, status, body));
  expect(await createClient({ address: server.address }).ready()).toBe(ready);
});

test.each(["", "ftp://host", "http://", "ratd:80:80"])("%j is no address", (address) => {
  expect(() => createClient({ address })).toThrow(TypeError);
});

test("an address may leave out the scheme", () => {
  expect(createClient({ address: "ratd.internal:8080/" }).address).toBe("http://ratd.internal:8080");
});
