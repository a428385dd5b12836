import { createServer as createHttp1Server, type Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import { create, toBinary, toJsonString, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { AuthService } from "@rat/contracts/auth";
import { PluginService } from "@rat/contracts/plugin";
import type { Wire } from "../../services/ratd/src/platform/connection/wire.ts";

/** What a peer does with the answer to one call. */
export interface PeerAnswer {
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it stands: for gRPC with its prefix. */
  readonly body: Uint8Array;
  /** gRPC only; undefined leaves them out. */
  readonly trailers: Readonly<Record<string, string>> | undefined;
  /** Sends the body and then nothing more, not even its end. */
  readonly stops: boolean;
}

const COMPRESSED = 1;

/** The answer of Authenticate on a wire. */
export function authenticated(wire: Wire, userId: string): PeerAnswer {
  return answerOf(wire, AuthService.method.authenticate.output, { userId });
}

/** The answer of HealthCheck on a wire. */
export function healthy(wire: Wire): PeerAnswer {
  return answerOf(wire, PluginService.method.healthCheck.output, { status: "healthy" });
}

function answerOf<D extends DescMessage>(wire: Wire, schema: D, fields: MessageInitShape<D>): PeerAnswer {
  const message = create(schema, fields);
  const bytes =
    wire.encoding === "proto" ? toBinary(schema, message) : Buffer.from(toJsonString(schema, message));
  const grpc = wire.protocol === "grpc";
  return {
    headers: { "content-type": `application/${grpc ? "grpc+proto" : wire.encoding}` },
    body: grpc ? prefixed(bytes) : bytes,
    trailers: grpc ? { "grpc-status": "0" } : undefined,
    stops: false,
  };
}

/** A message as gRPC frames it. `length` is what the prefix says. */
export function prefixed(bytes: Uint8Array, { compressed = false, length = bytes.length } = {}): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed ? COMPRESSED : 0;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** A server that knows no framework: `answer` says what the call of that number gets, from 0. */
export function wirePeer(
  { http }: Wire,
  answer: (call: number, path: string) => PeerAnswer,
): Server | Http2Server {
  let calls = 0;
  if (http === "1.1") {
    return createHttp1Server((request, response) => {
      const { headers, body, stops } = answer(calls++, request.url ?? "");
      request.resume();
      response.on("error", () => undefined);
      response.writeHead(200, headers);
      response.write(body);
      if (!stops) response.end();
    });
  }
  const server = createHttp2Server();
  server.on("stream", (stream, received) => {
    const { headers, body, trailers, stops } = answer(calls++, received[":path"] ?? "");
    stream.on("error", () => undefined).resume();
    stream.respond({ ":status": 200, ...headers }, { waitForTrailers: trailers !== undefined });
    stream.on("wantTrailers", () => stream.sendTrailers({ ...trailers }));
    stream.write(body);
    if (!stops) stream.end();
  });
  return server;
}
