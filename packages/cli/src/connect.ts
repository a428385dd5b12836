import { createClient, type Client } from "@rat/client";
import { CliError } from "./cli-error.ts";
import type { Settings } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

const DEFAULT_TIMEOUT_MS = 30_000;

/** A client for one command line. With --debug it says every request on stderr; the token is never said. */
export function connect(settings: Settings, terminal: Terminal, timeoutMs = DEFAULT_TIMEOUT_MS): Client {
  const { address, token, debug } = settings;
  try {
    return createClient({ address, token, timeoutMs, ...(debug ? { fetch: loudFetch(terminal) } : {}) });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new CliError("bad_usage", cause.message, { cause });
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
