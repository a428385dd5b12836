import { Code, ConnectError } from "@connectrpc/connect";
import type { Dispatcher } from "undici";
import type { Http1Connection } from "./http1-connection.ts";
import type { Http1Connections, Waiter } from "./http1-connections.ts";

/** What came back: the whole answer, whatever it says. */
export interface Http1Answer {
  readonly status: number;
  /** By name in lower case; a list where a field came several times. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
}

/** What limits one call. */
export interface CallLimits {
  readonly signal: AbortSignal | undefined;
  /** From now to the last byte of the answer, the wait for a connection included; 0 for none. */
  readonly limitMs: number;
  /** Largest body that is read. */
  readonly maxBytes: number;
}

/** Sends one request and reads its answer within limits. @throws ConnectError, with the error of the socket as cause. */
export function callHttp1(
  connections: Http1Connections,
  request: Dispatcher.DispatchOptions,
  limits: CallLimits,
): Promise<Http1Answer> {
  return new Promise((resolve, reject) => {
    if (limits.signal?.aborted === true) reject(canceled(limits.signal));
    else connections.acquire(new Http1Call(connections, request, limits, resolve, reject));
  });
}

const NO_BYTES = new Uint8Array();

/** One call as undici sees it. It settles once: by the answer, an error, its deadline or its caller's abort. */
class Http1Call implements Waiter, Dispatcher.DispatchHandler {
  readonly #connections: Http1Connections;
  readonly #request: Dispatcher.DispatchOptions;
  readonly #limits: CallLimits;
  readonly #resolve: (answer: Http1Answer) => void;
  readonly #reject: (error: ConnectError) => void;
  readonly #timer: NodeJS.Timeout | undefined;
  #connection: Http1Connection | undefined;
  #settled = false;
  #status = 0;
  #headers: Http1Answer["headers"] = {};
  #first: Uint8Array | undefined;
  #more: Uint8Array[] | undefined;
  #size = 0;

  constructor(
    connections: Http1Connections,
    request: Dispatcher.DispatchOptions,
    limits: CallLimits,
    resolve: (answer: Http1Answer) => void,
    reject: (error: ConnectError) => void,
  ) {
    this.#connections = connections;
    this.#request = request;
    this.#limits = limits;
    this.#resolve = resolve;
    this.#reject = reject;
    if (limits.limitMs > 0) this.#timer = setTimeout(expire, limits.limitMs, this);
    limits.signal?.addEventListener("abort", this);
  }

  use(connection: Http1Connection): void {
    this.#connection = connection;
    connection.send(this.#request, this);
  }

  fail(error: Error): void {
    this.onResponseError(undefined, error);
  }

  /** The caller aborted. */
  handleEvent(): void {
    this.giveUp(canceled(this.#limits.signal));
  }

  /** Ends the call before its answer is complete, and its connection with it. */
  giveUp(error: ConnectError): void {
    if (!this.#settle()) return;
    this.#reject(error);
    if (this.#connection === undefined) this.#connections.forget(this);
    else this.#connections.discard(this.#connection);
  }

  onRequestStart(): void {
    // Part of undici's interface.
  }

  onResponseStart(_controller: unknown, status: number, headers: Http1Answer["headers"]): void {
    this.#status = status;
    this.#headers = headers;
    this.#limit(Number(headers["content-length"]));
  }

  onResponseData(_controller: unknown, chunk: Uint8Array): void {
    this.#size += chunk.length;
    this.#limit(this.#size);
    if (this.#first === undefined) this.#first = chunk;
    else (this.#more ??= []).push(chunk);
  }

  onResponseEnd(): void {
    if (!this.#settle()) return;
    const { first, more } = { first: this.#first ?? NO_BYTES, more: this.#more };
    const body = more === undefined ? first : Buffer.concat([first, ...more]);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
    this.#release();
  }

  onResponseError(_controller: unknown, reason: Error): void {
    if (!this.#settle()) return;
    const error = ConnectError.from(reason, Code.Unavailable);
    if (error !== reason) error.cause = reason;
    this.#reject(error);
    this.#release();
  }

  #limit(bytes: number): void {
    const { maxBytes } = this.#limits;
    if (bytes > maxBytes) {
      const message = `message is larger than configured readMaxBytes ${maxBytes}`;
      this.giveUp(new ConnectError(message, Code.ResourceExhausted));
    }
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#limits.signal?.removeEventListener("abort", this);
    return true;
  }

  #release(): void {
    if (this.#connection !== undefined) this.#connections.release(this.#connection);
  }
}

function expire(call: Http1Call): void {
  call.giveUp(new ConnectError("the operation timed out", Code.DeadlineExceeded));
}

function canceled(signal: AbortSignal | undefined): ConnectError {
  return ConnectError.from(signal?.reason, Code.Canceled);
}
