import { create, fromBinary, toBinary, type DescMessage, type DescMethodUnary } from "@bufbuild/protobuf";
import { appendHeaders, Code, ConnectError, type Transport } from "@connectrpc/connect";
import {
  contentTypeUnaryProto,
  errorFromJsonBytes,
  trailerDemux,
  validateResponse,
} from "@connectrpc/connect/protocol-connect";
import { callHttp1, type Http1Answer } from "./http1-call.ts";
import type { Http1Connections } from "./http1-connections.ts";
import { receivedHeaders, UnaryAnswer } from "./unary-answer.ts";

/** What a unary call over HTTP/1.1 needs. */
export interface UnaryHttp1Options {
  readonly connections: Http1Connections;
  readonly defaultTimeoutMs: number;
  readonly readMaxBytes: number;
  readonly writeMaxBytes: number;
}

type HeadersInit = Parameters<Transport["unary"]>[3];

/** Fields that belong to the protocol or to the connection; a caller's own are dropped. */
const RESERVED = new Set([
  "accept-encoding",
  "connect-accept-encoding",
  "connect-content-encoding",
  "connect-protocol-version",
  "connect-timeout-ms",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
]);

/**
 * Unary calls of the Connect protocol in protobuf over HTTP/1.1, as one request and one answer. The RPC library
 * builds a pipeline of async iterators and aborts a signal for each call; this costs a quarter of that.
 */
export function unaryHttp1(options: UnaryHttp1Options): Transport["unary"] {
  const { connections, defaultTimeoutMs, readMaxBytes, writeMaxBytes } = options;
  const paths = new Map<DescMethodUnary, string>();
  return async (method, signal, timeoutMs, header, input) => {
    let path = paths.get(method);
    if (path === undefined) paths.set(method, (path = `/${method.parent.typeName}/${method.name}`));
    const body = toBinary(method.input, create(method.input, input));
    if (body.length > writeMaxBytes) throw tooLarge(body.length, writeMaxBytes);
    const limitMs = timeoutMs ?? defaultTimeoutMs;
    const headers = requestHeaders(header, limitMs);
    const answer = await callHttp1(
      connections,
      { path, method: "POST", headers, body },
      { signal, limitMs, maxBytes: readMaxBytes },
    );
    refuseError(answer);
    return new UnaryAnswer(method, parse(method.output, answer.body), answer.headers);
  };
}

function requestHeaders(header: HeadersInit, limitMs: number): string[] {
  const headers = [
    "content-type",
    contentTypeUnaryProto,
    "connect-protocol-version",
    "1",
    "user-agent",
    "ratd",
  ];
  if (limitMs > 0) headers.push("connect-timeout-ms", String(Math.ceil(limitMs)));
  if (header === undefined) return headers;
  const given = header instanceof Headers || Array.isArray(header) ? header : Object.entries(header);
  for (const [name, value] of given) {
    if (name !== undefined && value !== undefined && !RESERVED.has(name.toLowerCase()))
      headers.push(name, value);
  }
  return headers;
}

/** Lets pass what may be a message. @throws ConnectError what the answer says, or what is wrong with it. */
function refuseError({ status, headers, body }: Http1Answer): void {
  const plain = headers["content-encoding"] === undefined;
  if (status === 200 && plain && headers["content-type"] === contentTypeUnaryProto) return;
  const received = receivedHeaders(headers);
  const encoding = received.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new ConnectError(`unsupported response encoding "${encoding}"`, Code.Internal, received);
  }
  const { isUnaryError, unaryError } = validateResponse("unary", true, status, received);
  if (isUnaryError) throw errorFromJsonBytes(body, appendHeaders(...trailerDemux(received)), unaryError);
}

function parse<O extends DescMessage>(output: O, body: Uint8Array) {
  try {
    return fromBinary(output, body);
  } catch (reason) {
    const message = "the answer is no message of its type";
    throw new ConnectError(message, Code.Internal, undefined, undefined, reason);
  }
}

function tooLarge(bytes: number, limit: number): ConnectError {
  const message = `message size ${bytes} is larger than configured writeMaxBytes ${limit}`;
  return new ConnectError(message, Code.ResourceExhausted);
}
