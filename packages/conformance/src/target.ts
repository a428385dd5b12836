import * as http from "node:http";
import * as https from "node:https";
import {
  create,
  toJsonString,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import type { ConformanceConfig } from "./conformance-config.ts";
import { Exchange, type Redact } from "./exchange.ts";
import { createWireTransport, type Wire } from "./wires.ts";

/** What came of one call. */
export type Outcome<O extends DescMessage> =
  | { readonly ok: true; readonly message: MessageShape<O>; readonly exchange: Exchange }
  | { readonly ok: false; readonly error: ConnectError; readonly exchange: Exchange };

/** What came of one stream. */
export interface StreamOutcome<O extends DescMessage> {
  readonly messages: readonly MessageShape<O>[];
  /** How the stream ended; undefined for well, or for having read enough. */
  readonly error: ConnectError | undefined;
  readonly exchange: Exchange;
}

/** What came of one raw HTTP request. */
export interface RawOutcome {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly exchange: Exchange;
}

/** How to reach the plugin under test. */
export interface TargetOptions {
  /** Base URL without a slash at its end. */
  readonly address: string;
  readonly wire: Wire;
  readonly config: ConformanceConfig;
  /** How long each call may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly redact: Redact;
  /** Receives each exchange when it is complete. */
  readonly trace: (exchange: Exchange) => void;
}

/** The plugin under test, on one wire. */
export class Target {
  readonly config: ConformanceConfig;
  readonly timeoutMs: number;
  readonly #options: TargetOptions;
  readonly #transport: Transport;

  constructor(options: TargetOptions) {
    this.config = options.config;
    this.timeoutMs = options.timeoutMs;
    this.#options = options;
    this.#transport = createWireTransport(options.wire, options.address);
  }

  /** Calls a unary RPC. Never throws: an error is an outcome. */
  async call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: MessageInitShape<I>,
    limits: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Outcome<O>> {
    const exchange = this.#begin(method, input);
    try {
      const timeoutMs = limits.timeoutMs ?? this.timeoutMs;
      const call = this.#transport.unary(method, limits.signal, timeoutMs, undefined, input);
      const { message } = await withLimit(call, timeoutMs);
      exchange.got(toJsonString(method.output, message, { useProtoFieldName: true }));
      return { ok: true, message, exchange };
    } catch (reason) {
      const error = ConnectError.from(reason);
      exchange.got(describeError(error));
      return { ok: false, error, exchange };
    } finally {
      this.#options.trace(exchange);
    }
  }

  /** Reads a stream until `enough` says so, or until it ends. */
  async read<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    input: MessageInitShape<I>,
    enough: (messages: readonly MessageShape<O>[]) => boolean,
  ): Promise<StreamOutcome<O>> {
    const exchange = this.#begin(method, input);
    const messages: MessageShape<O>[] = [];
    const leave = new AbortController();
    let error: ConnectError | undefined;
    try {
      const request = (async function* () {
        yield input;
      })();
      const stream = await this.#transport.stream(method, leave.signal, this.timeoutMs, undefined, request);
      for await (const message of stream.message) {
        messages.push(message);
        if (enough(messages)) break;
      }
    } catch (reason) {
      error = ConnectError.from(reason);
    } finally {
      leave.abort();
    }
    const lines = messages.map((message) =>
      toJsonString(method.output, message, { useProtoFieldName: true }),
    );
    exchange.got([...lines, ...(error ? [describeError(error)] : [])].join("\n") || "an empty stream");
    this.#options.trace(exchange);
    return { messages, error, exchange };
  }

  /** Posts a body as it is. @throws Error when no HTTP answer comes. */
  async post(path: string, body: string, contentType = "application/json"): Promise<RawOutcome> {
    const { address, redact, trace } = this.#options;
    const exchange = new Exchange({ path, body, contentType, address, redact });
    const { status, type, text } = await postOnce(
      new URL(`${address}${path}`),
      body,
      contentType,
      this.timeoutMs,
    );
    exchange.got(`HTTP ${status} ${text}`);
    trace(exchange);
    return { status, contentType: type, body: text, exchange };
  }

  /** Opens a raw request of its own and leaves before it is complete. */
  async abandon(path: string): Promise<void> {
    const leave = new AbortController();
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('{"a":'));
        leave.abort();
      },
    });
    await fetch(`${this.#options.address}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      duplex: "half",
      signal: leave.signal,
    }).catch(() => undefined);
  }

  #begin<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O> | DescMethodServerStreaming<I, O>,
    input: MessageInitShape<I>,
  ): Exchange {
    const { address, redact } = this.#options;
    const body = toJsonString(method.input, create(method.input, input), { useProtoFieldName: true });
    const path = `/${method.parent.typeName}/${method.name}`;
    return new Exchange({ path, body, contentType: "application/json", address, redact });
  }
}

interface PostAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Posts over a connection of its own: one that an earlier case left half read must not spoil this one. */
async function postOnce(url: URL, body: string, contentType: string, timeoutMs: number): Promise<PostAnswer> {
  const request = url.protocol === "https:" ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: "POST",
      agent: false,
      headers: { "content-type": contentType, "connect-protocol-version": "1" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    sent.once("error", reject);
    sent.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const status = response.statusCode ?? 0;
        const type = response.headers["content-type"] ?? "";
        resolve({ status, type, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    sent.end(body);
  });
}

function describeError(error: ConnectError): string {
  return `error ${Code[error.code]}: ${error.rawMessage}`;
}

/** A guard behind the transport's own deadline, for a peer that accepts and then says nothing. */
async function withLimit<T>(call: Promise<T>, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const error = new ConnectError("no answer in time", Code.DeadlineExceeded);
  const timer = setTimeout(() => late.reject(error), timeoutMs + 500);
  try {
    return await Promise.race([call, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
