import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Health } from "../../services/ratd/src/health/health.ts";
import { systemClock } from "../../services/ratd/src/platform/clock.ts";
import { WatchedPlugin } from "../../services/ratd/src/plugins/watched-plugin.ts";
import { FakePlugin } from "../support/fake-plugin.ts";
import { HTTP_HOSTILITIES, listen, startHostilePeers, type HostilePeer } from "../support/hostile-peer.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const PROTOCOLS = ["auto", "connect", "grpc"] as const;
const HEALTH_TIMEOUT_MS = 300;
/** Room for a check on each wire, each confirmed once. */
const SETTLE_LIMIT_MS = 10_000;
const MEGABYTE = 1_048_576;

function watch(port: number, protocol: (typeof PROTOCOLS)[number]) {
  const rounds: number[] = [];
  const seen: Health[] = [];
  const plugin = new WatchedPlugin(
    {
      id: "peer",
      name: "peer",
      target: {
        address: { host: "127.0.0.1", port },
        tls: undefined,
        protocol,
        dialTimeoutMs: HEALTH_TIMEOUT_MS,
        rpcTimeoutMs: HEALTH_TIMEOUT_MS,
        health: { intervalMs: 100, timeoutMs: HEALTH_TIMEOUT_MS, failureThreshold: 1 },
      },
      config: undefined,
    },
    { clock: systemClock, random: () => 0.5, resolver: (host) => Promise.resolve([host]) },
    {
      onHealth: (health) => void seen.push(health),
      onCheck: (durationMs) => void rounds.push(durationMs),
    },
  );
  return { plugin, rounds, seen };
}

describe("a peer that is no plugin", () => {
  let peers: HostilePeer[];
  let neighbour: FakePlugin;
  beforeAll(async () => {
    peers = await startHostilePeers();
    neighbour = await FakePlugin.start();
  });
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
    await neighbour[Symbol.asyncDispose]();
  });

  it("is never healthy, ends every check in time, costs little memory and leaves others alone", async () => {
    const well = watch(Number(neighbour.address.split(":")[1]), "auto");
    await well.plugin.checkNow();
    const memory = process.memoryUsage().rss;
    const watched = peers.flatMap(({ name, port }) =>
      PROTOCOLS.map((protocol) => ({ name: `${name} (${protocol})`, ...watch(port, protocol) })),
    );
    try {
      for (const { plugin } of watched) void plugin.checkNow();
      await until(() => watched.every(({ seen }) => seen.length > 0), { timeoutMs: SETTLE_LIMIT_MS });

      for (const { name, plugin, seen } of watched) {
        expect(
          seen.map(({ status }) => status),
          name,
        ).not.toContain("healthy");
        expect(
          seen.map(({ status }) => status),
          name,
        ).not.toContain("degraded");
        expect(plugin.health.message, name).not.toBe("");
        expect(plugin.health.message, name).not.toMatch(/[\u0000-\u001f]/);
      }
      expect(process.memoryUsage().rss - memory).toBeLessThan(200 * MEGABYTE);
      // The neighbour was checked all the while, and always answered.
      expect(well.seen.length).toBeGreaterThan(3);
      expect(new Set(well.seen.map(({ status }) => status))).toEqual(new Set(["healthy"]));
    } finally {
      for (const { plugin } of [well, ...watched]) plugin[Symbol.dispose]();
    }
  });
});

describe("a plugin that is healthy but breaks the call", () => {
  let database: TestDatabase;
  let auth: FakePlugin;
  beforeAll(async () => {
    database = await createTestDatabase();
    auth = await FakePlugin.start();
  });
  afterAll(async () => {
    await auth[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  it.for(Object.entries(HTTP_HOSTILITIES))(
    "%s: 401 for auth, 502 or 504 for the others, never a fallback",
    async ([name, act]) => {
      await using stack = new AsyncDisposableStack();
      const peer = stack.use(
        await listen(
          name,
          createServer((request, response) => {
            if (request.url?.endsWith("/HealthCheck") !== true) return act(response, request);
            // The zero-length answer of HealthCheck would be no health: this one is written by hand.
            return response.writeHead(200, { "content-type": "application/proto" }).end("\n\u0007healthy");
          }),
        ),
      );
      const address = `127.0.0.1:${peer.port}`;
      const broken = {
        image: "rat/broken:1",
        address,
        timeout: { rpc: "300ms" },
        health: { timeout: "500ms" },
      };
      const rat = stack.use(await startTestRatd(database.connectionString, { plugins: { auth: broken } }));
      const me = await rat.call("/api/v1/me", { token: "alice" });
      expect(me.status).toBe(401);
      expect(me.json["code"]).toBe("unauthenticated");
      expect(me.headers.get("x-rat-auth-mode")).toBe("plugin");

      const other = stack.use(
        await startTestRatd(database.connectionString, {
          plugins: {
            auth: { image: "rat/fake:1", address: auth.address },
            cloud: broken,
            sharing: { ...broken, image: "rat/b:1" },
          },
        }),
      );
      const credentials = await other.call("/api/v1/credentials", {
        token: "alice",
        body: { resource_type: "namespace", resource_id: "default", access: "write" },
      });
      expect([502, 503, 504]).toContain(credentials.status);
      expect(JSON.stringify(credentials.json)).not.toContain("secret");
      const grants = await other.call("/api/v1/sharing", {
        token: "alice",
        body: { grantee_id: "bob", resource_type: "t", resource_id: "r", permission: "read" },
      });
      expect([502, 503, 504]).toContain(grants.status);
      // Nobody else noticed.
      expect((await other.call("/api/v1/me", { token: "alice" })).json["user_id"]).toBe("user-alice");
      expect((await other.call("/health")).json["fallback_active"]).toBe(false);
    },
  );
});
