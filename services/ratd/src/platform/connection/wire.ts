import * as https from "node:https";
import * as http from "node:http";
import type { Socket } from "node:net";
import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { formatHostPort, type HostPort } from "../host-port.ts";
import { Http1Connections } from "./http1-connections.ts";
import { Http2Session } from "./http2-session.ts";
import { unaryHttp1 } from "./unary-http1.ts";

/** What the operator says of how to talk to a plugin. */
export type Protocol = "auto" | "connect" | "grpc";

/** How calls are put on the wire. */
export interface Wire {
  readonly protocol: "connect" | "grpc";
  readonly encoding: "proto" | "json";
  readonly http: "1.1" | "2";
}

const CONNECT_H1: Wire = { protocol: "connect", encoding: "proto", http: "1.1" };
const CONNECT_H1_JSON: Wire = { protocol: "connect", encoding: "json", http: "1.1" };
const CONNECT_H2: Wire = { protocol: "connect", encoding: "proto", http: "2" };
const CONNECT_H2_JSON: Wire = { protocol: "connect", encoding: "json", http: "2" };
const GRPC: Wire = { protocol: "grpc", encoding: "proto", http: "2" };

/**
 * The wires to try for each `protocol` of rat.yaml, in order. HTTP/1.1 comes first: an HTTP/2-only server
 * answers it at once with bytes that are no HTTP/1.1, while an HTTP/1.1-only server may wait for ever for the
 * rest of an HTTP/2 preface.
 */
export const WIRE_LADDER: Readonly<Record<Protocol, readonly Wire[]>> = {
  auto: [CONNECT_H1, CONNECT_H1_JSON, CONNECT_H2, CONNECT_H2_JSON, GRPC],
  connect: [CONNECT_H1, CONNECT_H1_JSON, CONNECT_H2, CONNECT_H2_JSON],
  grpc: [GRPC],
};

/** The wire in words, as /api/v1/plugins shows it: `connect+proto over HTTP/1.1`. */
export function describeWire({ protocol, encoding, http: version }: Wire): string {
  return `${protocol}+${encoding} over HTTP/${version}`;
}

/** Largest message that ratd reads from a plugin, in bytes (4 MiB, the limit of gRPC). */
export const READ_MAX_BYTES = 4 * 1024 * 1024;

/** Connections to one address at once on HTTP/1.1; further calls wait for a free one, under their deadline. */
const MAX_SOCKETS = 128;
/** Idle ones kept. As many as may be busy: under load each falls idle between two calls, and a new one costs more. */
const MAX_IDLE_SOCKETS = MAX_SOCKETS;

/** What a transport towards one address is made of. */
export interface TransportOptions {
  readonly wire: Wire;
  /** The host of rat.yaml: goes into the Host header and the URL. */
  readonly authority: HostPort;
  readonly secure: boolean;
  readonly rpcTimeoutMs: number;
  /** Opens a socket; `alpn` is offered under TLS. */
  readonly dial: (alpn: "http/1.1" | "h2") => Socket;
}

/** A Connect transport and the end of it. */
export interface WireTransport {
  readonly transport: Transport;
  /** Lets the calls under way finish and opens new connections for the next ones. */
  retire(): void;
  close(): void;
}

/**
 * The one door to the RPC library: everything above speaks `Transport`, so that another implementation of
 * the same wire can take its place here.
 */
export function openTransport(options: TransportOptions): WireTransport {
  const { wire, authority, secure, rpcTimeoutMs } = options;
  const shared = {
    baseUrl: `${secure ? "https" : "http"}://${formatHostPort(authority)}`,
    useBinaryFormat: wire.encoding === "proto",
    defaultTimeoutMs: rpcTimeoutMs,
    readMaxBytes: READ_MAX_BYTES,
    writeMaxBytes: READ_MAX_BYTES,
    // Plugins sit next to ratd; compression costs more than it saves, and none means no decompression bombs.
    acceptCompression: [],
  };
  if (wire.http === "1.1") {
    const dial = () => options.dial("http/1.1");
    const agent = createAgent(secure, dial);
    const connections = new Http1Connections({ baseUrl: shared.baseUrl, dial });
    const library = createConnectTransport({ ...shared, httpVersion: "1.1", nodeOptions: { agent } });
    const unary = unaryHttp1({ ...shared, connections });
    return {
      transport: wire.encoding === "proto" ? { unary, stream: library.stream } : library,
      // A call that timed out takes its own connection with it.
      retire: () => undefined,
      close: () => {
        connections.close();
        agent.destroy();
      },
    };
  }
  const session = new Http2Session(shared.baseUrl, () => options.dial("h2"));
  const create = wire.protocol === "grpc" ? createGrpcTransport : createConnectTransport;
  return {
    transport: create({ ...shared, httpVersion: "2", sessionManager: session }),
    retire: () => session.retire(),
    close: () => session.abort(),
  };
}

function createAgent(secure: boolean, dial: () => Socket): http.Agent {
  const agent = new (secure ? https.Agent : http.Agent)({
    keepAlive: true,
    maxSockets: MAX_SOCKETS,
    maxFreeSockets: MAX_IDLE_SOCKETS,
  });
  agent.createConnection = dial;
  return agent;
}
