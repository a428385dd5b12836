import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";

/** The ways to speak to a plugin. */
export const WIRES = ["json", "proto", "grpc"] as const;

/** One of {@link WIRES}: Connect with JSON, Connect with protobuf, gRPC. */
export type Wire = (typeof WIRES)[number];

/** Wires that a plugin must speak when the run does not name any; the others are only recorded. */
export const REQUIRED_WIRES: readonly Wire[] = ["json", "proto"];

/** The most that a plugin may answer. */
const READ_MAX_BYTES = 8 * 1024 * 1024;

const CREATE: Readonly<Record<Wire, (baseUrl: string) => Transport>> = {
  json: (baseUrl) =>
    createConnectTransport({
      baseUrl,
      httpVersion: "1.1",
      useBinaryFormat: false,
      readMaxBytes: READ_MAX_BYTES,
    }),
  proto: (baseUrl) =>
    createConnectTransport({
      baseUrl,
      httpVersion: "1.1",
      useBinaryFormat: true,
      readMaxBytes: READ_MAX_BYTES,
    }),
  grpc: (baseUrl) => createGrpcTransport({ baseUrl, readMaxBytes: READ_MAX_BYTES }),
};

/** A transport of one wire. */
export function createWireTransport(wire: Wire, baseUrl: string): Transport {
  return CREATE[wire](baseUrl);
}
