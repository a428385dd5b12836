import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { createClient } from "@connectrpc/connect";
import { AuthService } from "@rat/contracts/auth";
import { describe, expect, it } from "vitest";
import type { Health } from "../../services/ratd/src/health/health.ts";
import { systemClock } from "../../services/ratd/src/platform/clock.ts";
import { classifyFailure, type FailureKind } from "../../services/ratd/src/platform/connection/failure.ts";
import {
  describeWire,
  openTransport,
  READ_MAX_BYTES,
  WIRE_LADDER,
  type Wire,
} from "../../services/ratd/src/platform/connection/wire.ts";
import { WatchedPlugin } from "../../services/ratd/src/plugins/watched-plugin.ts";
import { listen } from "../support/hostile-peer.ts";
import { authenticated, healthy, prefixed, wirePeer, type PeerAnswer } from "../support/wire-peer.ts";

const TIMEOUT_MS = 5_000;
const TOO_LARGE = "x".repeat(READ_MAX_BYTES + 1);

/** One way of spoiling an answer, and what ratd may make of it: never the caller's fault. */
interface Spoiling {
  readonly spoil: (wire: Wire) => PeerAnswer | undefined;
  readonly kinds: readonly FailureKind[];
  readonly timeoutMs?: number;
}

const isGrpc = ({ protocol }: Wire) => protocol === "grpc";

const SPOILINGS: Readonly<Record<string, Spoiling>> = {
  "is too large": {
    spoil: (wire) => authenticated(wire, TOO_LARGE),
    kinds: ["malformed"],
  },
  "is too large by its announced length": {
    spoil(wire) {
      const good = authenticated(wire, TOO_LARGE);
      return { ...good, headers: { ...good.headers, "content-length": String(good.body.length) } };
    },
    kinds: ["malformed"],
  },
  "is small only as long as it is compressed": {
    spoil(wire) {
      const good = authenticated(wire, TOO_LARGE);
      const body = gzipSync(isGrpc(wire) ? good.body.subarray(5) : good.body);
      const encoding = isGrpc(wire) ? "grpc-encoding" : "content-encoding";
      return {
        ...good,
        headers: { ...good.headers, [encoding]: "gzip" },
        body: isGrpc(wire) ? prefixed(body, { compressed: true }) : body,
      };
    },
    kinds: ["malformed"],
  },
  "has headers without end": {
    spoil(wire) {
      const good = authenticated(wire, "u");
      const flood = Array.from({ length: 100 }, (_, n) => [`x-flood-${n}`, "y".repeat(1000)]);
      return { ...good, headers: { ...good.headers, ...Object.fromEntries(flood) } };
    },
    kinds: ["malformed", "closed"],
  },
  "is cut short": {
    spoil(wire) {
      // There only the end of the connection cuts: a test of the transports has that.
      if (wire.http === "1.1") return undefined;
      const good = authenticated(wire, "some user");
      if (isGrpc(wire)) return { ...good, body: prefixed(good.body.subarray(5), { length: 1000 }) };
      return { ...good, headers: { ...good.headers, "content-length": "1000" } };
    },
    kinds: ["malformed", "closed"],
    timeoutMs: 300,
  },
  "announces a length and stops": {
    spoil(wire) {
      const good = authenticated(wire, "some user");
      if (isGrpc(wire))
        return { ...good, body: prefixed(good.body.subarray(5), { length: 1000 }), stops: true };
      return { ...good, headers: { ...good.headers, "content-length": "1000" }, stops: true };
    },
    kinds: ["timeout"],
    timeoutMs: 300,
  },
  "comes without its trailers": {
    spoil: (wire) => (isGrpc(wire) ? { ...authenticated(wire, "u"), trailers: undefined } : undefined),
    kinds: ["malformed"],
  },
};

describe.each(WIRE_LADDER.auto.map((wire) => [describeWire(wire), wire] as const))(
  "over %s",
  (_words, wire) => {
    const cases = Object.entries(SPOILINGS).filter(([, { spoil }]) => spoil(wire) !== undefined);

    it.each(cases)(
      "an answer that %s fails its call and none after it",
      async (_how, { spoil, kinds, timeoutMs }) => {
        // More than once: what a connection does not get over may take a few.
        await using peer = await listen(
          "peer",
          wirePeer(
            wire,
            (call) => (call % 2 === 1 ? spoil(wire) : undefined) ?? authenticated(wire, `user-${call}`),
          ),
        );
        using opened = openTo(wire, peer.port);
        for (let call = 0; call < 8; call += 2) {
          expect((await opened.client.authenticate({ token: "t" })).userId).toBe(`user-${call}`);
          const reason = await opened.client
            .authenticate({ token: "t" }, { timeoutMs: timeoutMs ?? TIMEOUT_MS })
            .then(({ userId }) => `the answer of ${userId.slice(0, 9)}`, classifyFailure);
          expect(kinds).toContain(typeof reason === "string" ? reason : reason.kind);
        }
      },
    );
  },
);

it.each(["auto", "grpc"] as const)(
  "a slot (%s) stays up while its answers are too large",
  async (protocol) => {
    const [wire] = WIRE_LADDER[protocol];
    if (wire === undefined) return;
    await using peer = await listen(
      "peer",
      wirePeer(wire, (_call, path) =>
        path.endsWith("/HealthCheck")
          ? healthy(wire)
          : path.endsWith("/Authenticate")
            ? authenticated(wire, TOO_LARGE)
            : { ...authenticated(wire, ""), stops: true },
      ),
    );
    const seen: Health[] = [];
    using plugin = new WatchedPlugin(
      {
        id: "peer",
        name: "peer",
        target: {
          address: { host: "127.0.0.1", port: peer.port },
          tls: undefined,
          protocol,
          dialTimeoutMs: TIMEOUT_MS,
          rpcTimeoutMs: TIMEOUT_MS,
          health: { intervalMs: 3_600_000, timeoutMs: 500, failureThreshold: 1 },
        },
        config: undefined,
      },
      { clock: systemClock, random: () => 0.5, resolver: (host) => Promise.resolve([host]) },
      { onHealth: (health) => void seen.push(health) },
    );
    const client = createClient(AuthService, plugin.connection);
    for (let call = 0; call < 5; call++) {
      const reason: unknown = await client.authenticate({ token: "t" }).catch((error: unknown) => error);
      expect(classifyFailure(reason).kind).toBe("malformed");
      await plugin.checkNow();
    }
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set(["healthy"]));
  },
);

function openTo(wire: Wire, port: number) {
  const opened = openTransport({
    wire,
    authority: { host: "127.0.0.1", port },
    secure: false,
    rpcTimeoutMs: TIMEOUT_MS,
    dial: () => connect({ host: "127.0.0.1", port }).on("error", () => undefined),
  });
  return { client: createClient(AuthService, opened.transport), [Symbol.dispose]: () => opened.close() };
}
