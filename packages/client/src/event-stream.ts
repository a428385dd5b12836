import { ApiError } from "./api-error.ts";
import { isObject } from "./parse-problem.ts";
import { readFrames, type Frame } from "./server-sent-events.ts";
import type { Transport } from "./transport.ts";
import { UnexpectedAnswerError } from "./unexpected-answer-error.ts";
import { networkReason, UnreachableError } from "./unreachable-error.ts";

/** One event of a stream. */
export interface StreamEvent {
  /** Position in the stream. Empty when the server sent none. */
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Where to begin and when to end. */
export interface StreamOptions {
  /** Resume after this event id. */
  readonly after?: string;
  /** Ends the iteration by throwing its reason. */
  readonly signal?: AbortSignal;
  /** False ends the iteration with the first connection. Default: reconnect, from the last event seen. */
  readonly reconnect?: boolean;
  /** Told before each reconnect why and after how many milliseconds it comes. */
  readonly onRetry?: (reason: string, delayMs: number) => void;
}

/** What a stream needs beside its transport. */
export interface StreamDeps {
  readonly transport: Transport;
  readonly address: string;
  /** Milliseconds before reconnect number `attempt`, counted from 1. */
  readonly retryDelay: (attempt: number) => number;
  /** Silence after which a connection counts as lost; ratd sends a comment every 15 s. */
  readonly idleMs: number;
}

/**
 * A stream of events at `path` across connections. The first connection must succeed: its errors are thrown. After that a lost
 * connection is opened again with Last-Event-ID, and only a refusal (4xx other than 429) is thrown.
 */
export async function* readStream(
  deps: StreamDeps,
  path: string,
  options: StreamOptions = {},
): AsyncGenerator<StreamEvent> {
  let after = options.after;
  let connected = false;
  let attempt = 0;
  for (;;) {
    let reason = "the stream ended";
    try {
      for await (const item of readConnection(deps, path, options, after)) {
        attempt = 0;
        connected = true;
        if (item === "open") continue;
        if (item.id !== "") after = item.id;
        yield item;
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!connected || options.reconnect === false || !isPassing(error)) throw error;
      reason = networkReason(error);
    }
    if (options.reconnect === false) return;
    attempt += 1;
    const delay = deps.retryDelay(attempt);
    options.onRetry?.(reason, delay);
    await pause(delay, options.signal);
  }
}

/** Doubles from 250 ms to 10 s, each with up to a quarter of chance, so that clients do not return all at once. */
export function defaultRetryDelay(attempt: number): number {
  return Math.round(Math.min(10_000, 250 * 2 ** (attempt - 1)) * (0.75 + Math.random() / 4));
}

async function* readConnection(
  { transport, address, idleMs }: StreamDeps,
  path: string,
  options: StreamOptions,
  after: string | undefined,
): AsyncGenerator<StreamEvent | "open"> {
  const own = new AbortController();
  const signal = options.signal === undefined ? own.signal : AbortSignal.any([options.signal, own.signal]);
  const response = await transport.open({
    method: "GET",
    path,
    headers: { accept: "text/event-stream", ...(after === undefined ? {} : { "last-event-id": after }) },
    signal,
  });
  const type = response.headers.get("content-type") ?? "no content type";
  if (response.body === null || !type.startsWith("text/event-stream")) {
    own.abort();
    throw new UnexpectedAnswerError(address, response.status, `answered ${type} instead of an event stream`);
  }
  const silence = new UnreachableError(address, `the event stream was silent for ${idleMs} ms`);
  const timer = setTimeout(() => own.abort(silence), idleMs);
  try {
    yield "open";
    for await (const frame of readFrames(response.body, () => timer.refresh())) {
      yield parseEvent(address, response.status, frame);
    }
  } finally {
    clearTimeout(timer);
    own.abort();
  }
}

function parseEvent(address: string, status: number, frame: Frame): StreamEvent {
  let data: unknown;
  try {
    data = JSON.parse(frame.data);
  } catch {
    data = undefined;
  }
  if (!isObject(data)) {
    throw new UnexpectedAnswerError(address, status, `sent event ${frame.event} without a JSON object`);
  }
  return { id: frame.id ?? "", type: frame.event, data };
}

/** Whether a later attempt may succeed. */
export function isPassing(error: unknown): boolean {
  if (error instanceof UnexpectedAnswerError) return error.status >= 500;
  if (!(error instanceof ApiError)) return true;
  return error.problem.status >= 500 || error.problem.status === 429;
}

/** Resolves after `ms`; rejects with the reason of `signal` when that comes first. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
