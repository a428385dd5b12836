import {
  request,
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from "node:http";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { errorFromJsonBytes, trailerDemux, validateResponse } from "@connectrpc/connect/protocol-connect";

/** What a unary call over HTTP/1.1 needs. */
export interface UnaryHttp1Options {
  readonly baseUrl: string;
  readonly agent: Agent;
  readonly defaultTimeoutMs: number;
  readonly readMaxBytes: number;
}

/**
 * Unary calls of the Connect protocol in protobuf over HTTP/1.1, as one request and one answer. The RPC library
 * builds a pipeline of async iterators and aborts a signal for each call; this does the same work in half the time.
 */
export function unaryHttp1(options: UnaryHttp1Options): Transport["unary"] {
  const { hostname, port, protocol } = new URL(options.baseUrl);
  const target = {
    host: hostname.replaceAll(/^\[|\]$/g, ""),
    port,
    protocol,
    agent: options.agent,
    method: "POST",
  };
  return async (method, signal, timeoutMs, header, input) => {
    const limitMs = timeoutMs === undefined ? options.defaultTimeoutMs : timeoutMs;
    const body = toBinary(method.input, create(method.input, input));
    const path = `/${method.parent.typeName}/${method.name}`;
    const headers = requestHeaders(header, body.length, limitMs);
    const answer = await exchange({ ...target, path, headers }, body, signal, limitMs, options.readMaxBytes);
    const received = new Headers(answer.headers);
    const encoding = received.get("content-encoding") ?? "identity";
    if (encoding !== "identity") {
      throw new ConnectError(`unsupported response encoding "${encoding}"`, Code.Internal, received);
    }
    const { isUnaryError, unaryError } = validateResponse("unary", true, answer.status, received);
    const [head, trailer] = trailerDemux(received);
    if (isUnaryError) throw errorFromJsonBytes(answer.body, received, unaryError);
    return {
      stream: false,
      service: method.parent,
      method,
      header: head,
      trailer,
      message: parse(() => fromBinary(method.output, answer.body)),
    };
  };
}

interface Answer {
  readonly status: number;
  readonly headers: [string, string][];
  readonly body: Uint8Array;
}

function exchange(
  target: RequestOptions,
  body: Uint8Array,
  signal: AbortSignal | undefined,
  limitMs: number,
  maxBytes: number,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  if (signal?.aborted === true) return Promise.reject(canceled(signal));
  const call: ClientRequest = request(target);
  // The caller learns why; the socket's own error says less and comes later.
  const giveUp = (error: ConnectError) => {
    settle();
    reject(error);
    call.destroy();
  };
  const onAbort = () => giveUp(canceled(signal));
  const timer =
    limitMs > 0
      ? setTimeout(() => giveUp(new ConnectError("the operation timed out", Code.DeadlineExceeded)), limitMs)
      : undefined;
  const settle = () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  };
  const failed = (reason: unknown) => {
    settle();
    const error = ConnectError.from(reason, Code.Unavailable);
    if (error !== reason) error.cause = reason;
    reject(error);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  call.on("error", failed);
  call.once("response", (response: IncomingMessage) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("error", failed);
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        giveUp(
          new ConnectError(
            `message is larger than configured readMaxBytes ${maxBytes}`,
            Code.ResourceExhausted,
          ),
        );
        return;
      }
      chunks.push(chunk);
    });
    response.once("end", () => {
      settle();
      const [only] = chunks;
      const whole = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
      resolve({ status: response.statusCode ?? 0, headers: pairs(response.rawHeaders), body: whole });
    });
  });
  // An empty body is no second write.
  if (body.length === 0) call.end();
  else call.end(body);
  return promise;
}

function requestHeaders(
  header: Parameters<Transport["unary"]>[3],
  length: number,
  limitMs: number,
): OutgoingHttpHeaders {
  const own: OutgoingHttpHeaders = {
    "content-type": "application/proto",
    "connect-protocol-version": "1",
    "user-agent": "ratd",
    "content-length": length,
    ...(limitMs > 0 ? { "connect-timeout-ms": Math.ceil(limitMs) } : {}),
  };
  if (header === undefined) return own;
  if (header instanceof Headers || Array.isArray(header)) return { ...Object.fromEntries(header), ...own };
  return { ...header, ...own };
}

function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    found.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  return found;
}

function canceled(signal: AbortSignal | undefined): ConnectError {
  return ConnectError.from(signal?.reason, Code.Canceled);
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (reason) {
    throw new ConnectError(
      "the answer is no message of its type",
      Code.Internal,
      undefined,
      undefined,
      reason,
    );
  }
}
