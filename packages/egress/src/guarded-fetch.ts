import {
  Agent as HttpAgent,
  request as requestHttp,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import type { Readable } from "node:stream";
import { cappedBody } from "./capped-body.ts";
import { checkDestination, systemResolve, type HostAddress, type Resolve } from "./check-destination.ts";
import { EgressError } from "./egress-error.ts";
import type { EgressPolicy } from "./egress-policy.ts";

/** How much of its caller's patience an answer may use. */
export interface EgressCaps {
  /** Of the body, after decompression. */
  readonly bytes: number;
  /** From the question for the name to the first word of the answer, milliseconds. */
  readonly headerMs: number;
  /** From the question for the name to the last byte of the body, milliseconds. */
  readonly totalMs: number;
}

/** What is asked, and under which rules. */
export interface GuardedRequest {
  readonly policy: EgressPolicy;
  readonly caps: EgressCaps;
  readonly signal?: AbortSignal;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For tests; the machine's resolver without. */
  readonly resolve?: Resolve;
}

/** The answer, whatever its status, a redirect excepted. Its body must be read to the end or destroyed. */
export interface GuardedAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** Fails with an EgressError when it passes a cap. */
  readonly body: Readable;
}

/**
 * Asks an address that a user named. The name is resolved once, its addresses are judged, and only those that passed are
 * dialled; every request has a connection of its own, follows no redirect, and uses no proxy of the environment.
 *
 * @throws EgressError when the address may not be asked, does not answer in time, or answers with a redirect
 */
export async function guardedFetch(url: URL, request: GuardedRequest): Promise<GuardedAnswer> {
  const { policy, caps, resolve = systemResolve } = request;
  const clock = new AbortController();
  const late = (part: string, ms: number) => () =>
    clock.abort(new EgressError("too_slow", `host ${url.host} did not ${part} within ${ms / 1000} s`));
  const header = setTimeout(late("answer", caps.headerMs), caps.headerMs);
  const total = setTimeout(late("send all of its answer", caps.totalMs), caps.totalMs);
  const signal =
    request.signal === undefined ? clock.signal : AbortSignal.any([request.signal, clock.signal]);
  const release = () => {
    clearTimeout(header);
    clearTimeout(total);
  };
  try {
    const { addresses } = await untilAborted(checkDestination(url, policy, resolve), signal);
    const answer = await send(url, addresses, request, signal);
    clearTimeout(header);
    refuseRedirect(url, answer);
    const body = cappedBody(answer, caps.bytes, signal);
    body.once("close", release);
    return { status: answer.statusCode ?? 0, headers: answer.headers, body };
  } catch (error) {
    release();
    throw wordFailure(error, url, signal);
  }
}

async function send(
  url: URL,
  addresses: readonly HostAddress[],
  { method = "GET", headers, body }: GuardedRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const secure = url.protocol === "https:";
  const options: RequestOptions & { servername?: string } = {
    method,
    headers: { accept: "*/*", "accept-encoding": "gzip, deflate, br", "user-agent": "rat", ...headers },
    // Of its own for each request: a connection that is used again is not looked up again, and knows no proxy.
    agent: secure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false }),
    lookup: lookupOf(addresses),
    signal,
    // Certificates are made out for the name without the dot of the root.
    ...(url.hostname.endsWith(".") ? { servername: url.hostname.slice(0, -1) } : {}),
  };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = (secure ? requestHttps : requestHttp)(url, options);
  outgoing.once("response", resolve);
  // Stays for the time of the body, whose own error tells.
  outgoing.on("error", reject);
  outgoing.once("close", () => reject(new Error("closed the connection without an answer")));
  outgoing.end(body);
  return promise;
}

/** Answers with what was checked, and with nothing else, whatever the name leads to by now. */
function lookupOf(addresses: readonly HostAddress[]): LookupFunction {
  return (_host, { all }, answer) => {
    const [first] = addresses;
    if (all === true) answer(null, [...addresses]);
    else answer(null, first?.address ?? "", first?.family);
  };
}

function refuseRedirect(url: URL, answer: IncomingMessage): void {
  const { statusCode: status = 0, headers } = answer;
  if (status < 300 || status > 399 || headers.location === undefined) return;
  answer.destroy();
  // The rest of a location may hold a signature.
  const to = URL.parse(headers.location, url.href)?.host ?? "elsewhere";
  throw new EgressError(
    "redirected",
    `host ${url.host} answered ${status}, a redirect to ${to.slice(0, 255)}; redirects are not followed, so name the final address`,
  );
}

function wordFailure(error: unknown, url: URL, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof EgressError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new EgressError("unreachable", `host ${url.host} cannot be asked: ${why}`, { cause: error });
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason as Error);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
