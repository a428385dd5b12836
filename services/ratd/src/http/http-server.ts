import type { Clock } from "../platform/clock.ts";
import type { HostPort } from "../platform/host-port.ts";
import { listenError } from "../platform/listen-error.ts";
import { createApp } from "./app.ts";
import type { HttpDeps } from "./deps.ts";

/** Longest wait for requests and streams under way when ratd stops. */
const DRAIN_LIMIT_MS = 10_000;

/** The public listener. */
export interface HttpServer {
  /** Where it listens; the port is the real one when 0 was asked for. */
  readonly address: HostPort;
  /** Takes no more connections and lets finish what is under way, at most ten seconds. */
  drain(): Promise<void>;
}

/** Connections that may wait to be accepted: a burst of some thousand callers is not reset (Node's default is 511). */
const BACKLOG = 4096;

/**
 * Builds the API and listens.
 *
 * @throws RatError `address_in_use` or `address_unusable`.
 */
export async function startHttpServer(deps: HttpDeps): Promise<HttpServer> {
  const app = await createApp(deps);
  const { host, port } = deps.live.current.listen;
  try {
    await app.listen({ host, port, backlog: BACKLOG });
  } catch (reason) {
    await app.close();
    throw listenError(reason, "listen", { host, port });
  }
  const bound = app.server.address();
  const address = { host, port: bound !== null && typeof bound === "object" ? bound.port : port };
  return {
    address,
    drain: () =>
      drain(
        deps.clock,
        () => app.close(),
        () => app.server.closeAllConnections(),
      ),
  };
}

/** Waits for `close`, and cuts what is left when the limit has passed. */
async function drain(clock: Clock, close: () => PromiseLike<unknown>, cut: () => void): Promise<void> {
  const cancel = clock.after(DRAIN_LIMIT_MS, cut);
  try {
    await close();
  } finally {
    cancel();
  }
}
