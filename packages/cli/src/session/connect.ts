import { createClient, type Client } from "@rat/client";
import type { Terminal } from "../input/terminal.ts";
import { CliError } from "../output/cli-error.ts";
import type { Credential } from "./contexts/credential.ts";
import type { Session } from "./openid/session.ts";
import { sessionFetch } from "./session-fetch.ts";

/** Which ratd, and by what one is known there. */
export interface ConnectOptions {
  readonly address: string;
  readonly credential: Credential | undefined;
  /** Renews the credential when that is a session. */
  readonly session?: Session | undefined;
  readonly debug: boolean;
  /** Limit of one request in milliseconds. Default: 30 000. */
  readonly timeoutMs: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** A client for one command line. With `debug` it says every request on stderr; what one is known by is never said. */
export function connect(options: ConnectOptions, terminal: Terminal): Client {
  const { address, credential, session, debug, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const fetch = debug ? loudFetch(terminal) : globalThis.fetch;
  try {
    return createClient({
      address,
      timeoutMs,
      fetch: session === undefined ? fetch : sessionFetch(session, fetch),
      ...(session === undefined ? secretOf(credential) : {}),
    });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new CliError("bad_usage", cause.message, { cause });
  }
}

function secretOf(credential: Credential | undefined): { readonly token?: string; readonly apiKey?: string } {
  switch (credential?.kind) {
    case undefined:
      return {};
    case "api_key":
      return { apiKey: credential.api_key };
    case "token":
      return { token: credential.token };
    case "session":
      return { token: credential.access_token };
  }
}

function loudFetch(terminal: Terminal): typeof fetch {
  return async (input, init) => {
    const started = terminal.now();
    const target = input instanceof Request ? input.url : input.toString();
    terminal.err(`> ${init?.method ?? "GET"} ${target}\n`);
    const response = await fetch(input, init);
    const id = response.headers.get("x-request-id") ?? "none";
    terminal.err(`< ${response.status} after ${terminal.now() - started} ms, request id ${id}\n`);
    return response;
  };
}
