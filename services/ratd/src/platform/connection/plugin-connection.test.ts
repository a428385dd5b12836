import { createServer, type AddressInfo, type Socket } from "node:net";
import type { DescMethodServerStreaming, DescMethodUnary } from "@bufbuild/protobuf";
import { ConnectError, type Transport } from "@connectrpc/connect";
import { AuthService } from "@rat/contracts/auth";
import { CloudService } from "@rat/contracts/cloud";
import { EnforcementService } from "@rat/contracts/enforcement";
import { ExecutorService } from "@rat/contracts/executor";
import { SharingService } from "@rat/contracts/sharing";
import { expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { PluginConnection } from "./plugin-connection.ts";
import { WIRE_LADDER } from "./wire.ts";

/** A plugin whose connections close under every request, and the first line of each. */
async function closingPlugin(): Promise<AsyncDisposable & { port: number; seen: readonly string[] }> {
  const seen: string[] = [];
  const server = createServer((socket: Socket) => {
    socket.setEncoding("latin1").on("error", () => undefined);
    socket.once("data", (chunk: string) => {
      seen.push(chunk.slice(0, chunk.indexOf("\r\n")));
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    seen,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function connectionTo(port: number): PluginConnection {
  const [wire] = WIRE_LADDER.connect;
  return new PluginConnection(
    {
      authority: { host: "127.0.0.1", port },
      tls: undefined,
      ladder: wire === undefined ? [] : [wire],
      dialTimeoutMs: 5_000,
      rpcTimeoutMs: 5_000,
    },
    {
      resolver: (host) => Promise.resolve([host]),
      clock: systemClock,
      onSignal: () => undefined,
      beforeCall: () => undefined,
    },
  );
}

function call(transport: Transport, method: DescMethodUnary | DescMethodServerStreaming): Promise<unknown> {
  if (method.methodKind === "unary") return transport.unary(method, undefined, undefined, undefined, {});
  async function* input() {
    yield {};
  }
  return transport.stream(method, undefined, undefined, undefined, input());
}

test.each([
  [AuthService.method.authenticate, 2],
  [AuthService.method.getLoginOptions, 2],
  [EnforcementService.method.canAccess, 2],
  [EnforcementService.method.explain, 2],
  [SharingService.method.getGrant, 2],
  [SharingService.method.listGranteeAccess, 2],
  [ExecutorService.method.streamLogs, 2],
  [ExecutorService.method.submit, 1],
  [ExecutorService.method.cancel, 1],
  [SharingService.method.shareResource, 1],
  [CloudService.method.getCredentials, 1],
  [EnforcementService.method.getCredentials, 1],
] as const)("$name on a connection that closes under it is sent $1 times, by POST", async (method, times) => {
  await using plugin = await closingPlugin();
  using connection = connectionTo(plugin.port);
  await expect(call(connection, method)).rejects.toThrow(ConnectError);
  const line = `POST /${method.parent.typeName}/${method.name} HTTP/1.1`;
  expect(plugin.seen).toEqual(Array.from({ length: times }, () => line));
});
