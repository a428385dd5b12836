import { createServer as createHttp2Server } from "node:http2";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { ConnectRouter } from "@connectrpc/connect";
import { AuthService } from "@rat/contracts/auth";
import { PluginService } from "@rat/contracts/plugin";
import { definePlugin, servePlugin, Type } from "@rat/plugin-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeCertificates } from "../support/certificates.ts";
import { FakePlugin, unusedAddress } from "../support/fake-plugin.ts";
import { listen } from "../support/hostile-peer.ts";
import { PluginProcess } from "../support/plugin-process.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const startAuth = (entry: object, options = {}) =>
  startTestRatd(
    database.connectionString,
    // Each request is to reach the plugin.
    { plugins: { auth: { image: "rat/auth:1", ...entry } }, cache: { ttl: "0s" } },
    options,
  );

async function authSlot(rat: TestRatd): Promise<{ state: string; reason: string; health: string }> {
  const { json } = await rat.call("/health");
  return (
    (json["slots"] as Record<string, { state: string; reason: string; health: string }>)["auth"] ?? fail()
  );
}
function fail(): never {
  throw new Error("/health shows no auth slot");
}

async function wireOf(rat: TestRatd): Promise<unknown> {
  return (await rat.operate("/api/v1/plugins/auth")).json["wire"];
}

const authRoutes = (router: ConnectRouter) => {
  router.service(PluginService, { healthCheck: () => ({ status: "healthy" }) });
  router.service(AuthService, { authenticate: ({ token }) => ({ userId: `user-${token}` }) });
};

describe("a plugin of any kind fills a slot", () => {
  it.each([
    ["plain-http-auth.ts", "plain-token", "plain-user", "connect+json over HTTP/1.1"],
    ["plain-grpc-auth.ts", "plain-token", "plain-user", "grpc+proto over HTTP/2"],
    ["hello-auth.ts", "demo-admin", "alice", "connect+proto over HTTP/1.1"],
  ])("%s, written without ratd in mind", async (file, token, user, wire) => {
    const port = Number((await unusedAddress()).split(":")[1]);
    await using plugin = new PluginProcess(`packages/plugin-sdk/examples/${file}`, port);
    await plugin.start();
    await using rat = await startAuth({ address: plugin.address });
    expect((await rat.call("/api/v1/me", { token })).json).toMatchObject({
      user_id: user,
      auth_mode: "plugin",
    });
    expect((await rat.call("/api/v1/me", { token: "wrong" })).status).toBe(401);
    expect(await wireOf(rat)).toBe(wire);
  });

  it("over HTTP/2 only", async () => {
    await using peer = await listen("h2c", createHttp2Server(connectNodeAdapter({ routes: authRoutes })));
    await using rat = await startAuth({ address: `127.0.0.1:${peer.port}` });
    expect((await rat.call("/api/v1/me", { token: "x" })).json["user_id"]).toBe("user-x");
    expect(await wireOf(rat)).toBe("connect+proto over HTTP/2");
  });

  it("over gRPC when rat.yaml says so", async () => {
    await using peer = await listen("h2c", createHttp2Server(connectNodeAdapter({ routes: authRoutes })));
    await using rat = await startAuth({ address: `127.0.0.1:${peer.port}`, protocol: "grpc" });
    expect((await rat.call("/api/v1/me", { token: "x" })).json["user_id"]).toBe("user-x");
    expect(await wireOf(rat)).toBe("grpc+proto over HTTP/2");
  });

  it("and another that comes in its place with another wire", async () => {
    const h2 = createHttp2Server(connectNodeAdapter({ routes: authRoutes }));
    const peer = await listen("h2c", h2);
    await using rat = await startAuth({ address: `127.0.0.1:${peer.port}` });
    expect(await wireOf(rat)).toBe("connect+proto over HTTP/2");
    await peer[Symbol.asyncDispose]();
    await until(async () => (await authSlot(rat)).state === "fallback");
    await using _plain = await FakePlugin.start("127.0.0.1", peer.port);
    await until(async () => (await authSlot(rat)).state === "active");
    expect(await wireOf(rat)).toBe("connect+proto over HTTP/1.1");
  });
});

describe("mutual TLS", () => {
  it("serves with the right certificates, and says what is wrong with others", async (context) => {
    const files = makeCertificates();
    context.skip(files === undefined, "openssl is not installed");
    if (files === undefined) return;
    const port = Number((await unusedAddress()).split(":")[1]);
    await using plugin = new PluginProcess("packages/plugin-sdk/examples/hello-auth.ts", port, {
      RAT_PLUGIN_TLS_CERT: files.cert,
      RAT_PLUGIN_TLS_KEY: files.key,
      RAT_PLUGIN_TLS_CA: files.ca,
    });
    await plugin.start();
    const { address } = plugin;
    for (const protocol of ["auto", "grpc"]) {
      await using good = await startAuth({ address, protocol, tls: files });
      expect((await good.call("/api/v1/me", { token: "demo-admin" })).json["user_id"]).toBe("alice");
    }
    const wrong = [
      [{ ca: files.ca }, /certificate required|alert|closed|bad certificate/i],
      [{ cert: files.cert, key: files.key }, /certificate|unable to verify|self-signed/i],
      [{ ...files, server_name: "elsewhere.example" }, /altnames|does not match|Hostname/i],
    ] as const;
    for (const [tls, reason] of wrong) {
      await using bad = await startAuth({ address, tls });
      const slot = await until(async () => {
        const found = await authSlot(bad);
        return found.state === "fallback" ? found : undefined;
      });
      expect(slot.reason).toMatch(reason);
    }
    await using plain = await startAuth({ address });
    expect((await until(() => authSlot(plain))).state).not.toBe("active");
  });
});

describe("a host name with several addresses", () => {
  it("spreads the calls, leaves out an address that fails, and takes it back", async () => {
    await using stack = new AsyncDisposableStack();
    const first = stack.use(await FakePlugin.start("127.0.0.2"));
    const port = Number(first.address.split(":")[1]);
    const second = stack.use(await FakePlugin.start("127.0.0.3", port));
    const resolver = () => Promise.resolve(["127.0.0.2", "127.0.0.3", "127.0.0.4"]);
    const rat = stack.use(await startAuth({ address: `auth.test:${port}` }, { resolver }));
    const callMany = async (count: number) => {
      // A token each: concurrent requests with the same token may share one call.
      const answers = await Promise.all(
        Array.from({ length: count }, (_, n) => rat.call("/api/v1/me", { token: `x${n}` })),
      );
      return answers.filter(({ status }) => status === 200).length;
    };
    expect(await callMany(40)).toBe(40);
    expect(first.calls.get("Authenticate")).toBeGreaterThan(10);
    expect(second.calls.get("Authenticate")).toBeGreaterThan(10);
    expect((await authSlot(rat)).reason).toContain("1 of 3 addresses do not answer");

    await second.down();
    expect(await callMany(40)).toBe(40);
    expect((await authSlot(rat)).state).toBe("active");
    const { json } = await until(async () => {
      const answer = await rat.operate("/api/v1/plugins/auth");
      const addresses = answer.json["addresses"] as { ejected: boolean }[];
      return addresses.filter(({ ejected }) => ejected).length === 2 ? answer : undefined;
    });
    expect(json["health"]).toBe("healthy");

    await second.up();
    second.calls.clear();
    await until(async () => (await callMany(4)) === 4 && (second.calls.get("Authenticate") ?? 0) > 0);
  });

  it("takes no offence at the half of localhost where nobody listens", async () => {
    await using plugin = await FakePlugin.start();
    const resolver = () => Promise.resolve(["::1", "127.0.0.1"]);
    await using rat = await startAuth(
      { address: plugin.address.replace("127.0.0.1", "localhost") },
      { resolver },
    );
    expect((await rat.call("/api/v1/me", { token: "x" })).json["user_id"]).toBe("user-x");
    expect((await authSlot(rat)).reason).toBe("auth is healthy.");
  });

  it("keeps its connections while the name server is gone, and comes back with it", async () => {
    await using plugin = await FakePlugin.start();
    let answer: readonly string[] | undefined = ["127.0.0.1"];
    const resolver = () => {
      if (answer !== undefined) return Promise.resolve(answer);
      return Promise.reject(
        Object.assign(new Error("getaddrinfo ENOTFOUND auth.test"), { code: "ENOTFOUND" }),
      );
    };
    await using rat = await startAuth(
      { address: plugin.address.replace("127.0.0.1", "auth.test") },
      { resolver },
    );
    answer = undefined;
    await rat.ratd.checkNow();
    expect((await rat.call("/api/v1/me", { token: "x" })).json["user_id"]).toBe("user-x");

    await plugin.down();
    const slot = await until(async () => {
      const found = await authSlot(rat);
      return found.state === "fallback" ? found : undefined;
    });
    expect(slot.reason).toMatch(/ENOTFOUND auth\.test|connection refused/);
    await plugin.up();
    answer = ["127.0.0.1"];
    await until(async () => (await authSlot(rat)).state === "active", { timeoutMs: 2000 });
  });
});

describe("a plugin and its configuration", () => {
  const configurable = definePlugin("auth", {
    name: "configurable",
    version: "3.2.1",
    config: Type.Object({ user: Type.String({ minLength: 1 }) }),
    authenticate: (_input, { config }) => ({ userId: config.user, roles: [] }),
    authorize: () => ({ allowed: true }),
  });

  it("gets it after connecting and after each reconnection, and is known by its name and version", async () => {
    const first = await servePlugin(configurable, { port: 0, signal: new AbortController().signal });
    await using rat = await startAuth({ address: `127.0.0.1:${first.port}`, config: { user: "carol" } });
    const me = () => rat.call("/api/v1/me", { token: "x" });
    expect((await me()).json["user_id"]).toBe("carol");
    expect((await rat.operate("/api/v1/plugins/auth")).json).toMatchObject({
      version: "3.2.1",
      contracts: ["rat.plugin.v1", "rat.auth.v1"],
      capabilities: expect.arrayContaining(["configure", "watch_health"]),
    });
    await first[Symbol.asyncDispose]();
    await until(async () => (await authSlot(rat)).state === "fallback");
    await using _second = await servePlugin(configurable, {
      port: first.port,
      signal: new AbortController().signal,
    });
    await until(async () => (await authSlot(rat)).state === "active", { timeoutMs: 2000 });
    expect((await me()).json["user_id"]).toBe("carol");
  });

  it("is down with the reason while it refuses it", async () => {
    await using plugin = await servePlugin(configurable, { port: 0, signal: new AbortController().signal });
    await using rat = await startAuth({ address: `127.0.0.1:${plugin.port}`, config: { user: "" } });
    const slot = await authSlot(rat);
    expect(slot.state).toBe("fallback");
    expect(slot.reason).toMatch(/refuses its configuration: .*user/);
  });

  it("tells its health by itself when it streams it", async () => {
    await using plugin = await servePlugin(configurable, {
      port: 0,
      config: { user: "dave" },
      signal: new AbortController().signal,
    });
    await using rat = await startAuth({ address: `127.0.0.1:${plugin.port}`, health: { interval: "1h" } });
    expect((await authSlot(rat)).state).toBe("active");
    plugin.health.degraded("keys are 40 s old");
    const slot = await until(async () => {
      const found = await authSlot(rat);
      return found.state === "degraded" ? found : undefined;
    });
    expect(slot.reason).toContain("keys are 40 s old");
    expect((await rat.call("/api/v1/me", { token: "x" })).json["user_id"]).toBe("dave");
  });
});

it("sees the end of a plugin that keeps no connection open", async () => {
  const server = createServer({ keepAlive: false }, connectNodeAdapter({ routes: authRoutes }));
  server.maxRequestsPerSocket = 1;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  await using rat = await startAuth({ address: `127.0.0.1:${port}`, health: { interval: "1h" } });
  expect((await authSlot(rat)).state).toBe("active");
  await new Promise((resolve) => server.close(resolve));
  await until(async () => (await authSlot(rat)).state === "fallback", { timeoutMs: 1000 });
});
