import { connectNodeAdapter } from "@connectrpc/connect-node";
import { readingRest, type RequestHandler } from "@rat/contracts/unread-rest";
import type { TSchema } from "typebox";
import type { PluginDefinition } from "./define-plugin.ts";
import type { Health } from "./health-reporter.ts";
import { listenOnOnePort, type OnePortServer } from "./one-port-server.ts";
import { createPluginLog, type PluginLog } from "./plugin-log.ts";
import { PluginError } from "./plugin-error.ts";
import { PluginRuntime } from "./plugin-runtime.ts";
import { pluginServices } from "./plugin-services.ts";
import { postOnly } from "./post-only.ts";
import { RequestCounter } from "./request-counter.ts";
import { secretNames } from "./secret.ts";
import {
  PluginStartError,
  resolveServeOptions,
  type ServeOptions,
  type ServeSettings,
} from "./serve-options.ts";
import type { Slot } from "./slots/slot-binding.ts";
import { SLOTS } from "./slots/slots.ts";
import { unaryHandler } from "./unary-handler.ts";

/** A plugin that listens. Disposing it drains it, as SIGTERM does. */
export interface ServedPlugin extends AsyncDisposable {
  /** Where it listens, for example "http://127.0.0.1:50060". */
  readonly url: string;
  readonly port: number;
  /** Tells the plugin's health from outside its handlers. */
  readonly health: Health;
  /** Settles when the plugin has stopped. */
  readonly stopped: Promise<void>;
}

/** The largest request, the default of other Connect implementations. */
const READ_MAX_BYTES = 4 * 1024 * 1024;

/** How long a connection may take to end after the last call. */
const CLOSE_GRACE_MS = 500;

/**
 * Serves a plugin on one port, by HTTP/1.1 and HTTP/2, over Connect, gRPC and gRPC-web.
 *
 * The life of a plugin:
 * 1. options, environment and configuration are read; a fault ends the start with a {@link PluginStartError};
 * 2. the port opens, and one log line says where;
 * 3. ratd asks for health, may send another configuration, and calls the handlers;
 * 4. on SIGTERM or SIGINT the health turns `degraded: draining` and new calls are refused as `unavailable`;
 * 5. calls in flight finish, within 10 s;
 * 6. `stop` of the plugin runs, connections end, the process exits with 0.
 */
export async function servePlugin<S extends Slot, T extends TSchema>(
  definition: PluginDefinition<S, T>,
  options: ServeOptions = {},
): Promise<ServedPlugin> {
  const { slot, basics } = definition;
  const settings = resolveServeOptions(options, SLOTS[slot].defaultPort);
  const secrets = secretNames(basics.config);
  const log = createPluginLog({ name: basics.name, slot, level: settings.logLevel, secrets });
  const runtime = new PluginRuntime(definition, { log, now: () => new Date() });
  await startRuntime(runtime, settings);
  const ended = new AbortController();
  const requests = new RequestCounter();
  const { methods, routes } = pluginServices(runtime);
  const limits = { readMaxBytes: READ_MAX_BYTES, shutdownSignal: ended.signal };
  const otherwise = postOnly(methods, connectNodeAdapter({ ...limits, routes }));
  const calls = unaryHandler({ ...limits, methods, otherwise });
  const handler = requests.counted(readingRest(guarded(calls, () => runtime.health.draining, log)));
  const server = await listen(definition, settings, handler);
  const url = `${settings.tls ? "https" : "http"}://${hostInUrl(settings.host)}:${server.port}`;
  log.info({ url }, "listening");
  log.info(
    `try: curl -H 'content-type: application/json' -d '{}' ${url}/rat.plugin.v1.PluginService/HealthCheck`,
  );

  const stopped = Promise.withResolvers<void>();
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return stopped.promise;
    stopping = true;
    leaveSignals();
    log.info({ drainMs: settings.drainMs }, "draining");
    runtime.health.drain();
    const finished = await requests.idle(settings.drainMs);
    if (!finished) log.warn("calls in flight did not finish in time");
    ended.abort(new PluginError("unavailable", "the plugin has stopped").toWire());
    await server.close(CLOSE_GRACE_MS);
    try {
      await runtime.stop();
    } catch (error) {
      log.error({ err: error }, "stop failed");
    }
    log.info("stopped");
    stopped.resolve();
  };
  const leaveSignals = stopOn(options.signal, stop);
  return {
    url,
    port: server.port,
    health: runtime.health,
    stopped: stopped.promise,
    [Symbol.asyncDispose]: stop,
  };
}

async function startRuntime<S extends Slot, T extends TSchema>(
  runtime: PluginRuntime<S, T>,
  settings: ServeSettings,
): Promise<void> {
  try {
    await runtime.start(settings.config);
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    throw new PluginStartError(`the configuration is not valid: ${error.message}`, { cause: error });
  }
}

async function listen<S extends Slot, T extends TSchema>(
  { slot, basics }: PluginDefinition<S, T>,
  { host, port, tls }: ServeSettings,
  handler: RequestHandler,
): Promise<OnePortServer> {
  try {
    return await listenOnOnePort({ host, port, tls, handler });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    const why = code === "EADDRINUSE" ? "it is in use" : code;
    throw new PluginStartError(
      `${basics.name} (slot ${slot}) cannot listen on port ${port} of ${host}: ${why}; ` +
        `set RAT_PLUGIN_PORT to a free port`,
      { cause: error },
    );
  }
}

/** Answers 400 where the adapter would throw (a Host header that is no host), which would end the process. */
function guarded(handler: RequestHandler, draining: () => boolean, log: PluginLog): RequestHandler {
  return (request, response) => {
    // Ends keep-alive, so that a caller's next request goes to a connection that lasts.
    if (draining() && request.httpVersionMajor === 1) response.setHeader("connection", "close");
    try {
      handler(request, response);
    } catch (error) {
      log.debug({ err: error }, "request refused");
      response.statusCode = 400;
      response.end();
    }
  };
}

/** Stops with the given signal, or else with the process's own signals. Returns how to leave those alone again. */
function stopOn(signal: AbortSignal | undefined, stop: () => Promise<void>): () => void {
  if (signal !== undefined) {
    // In a later turn: a signal that was aborted before the start finds the plugin complete.
    const begin = (): void => queueMicrotask(() => void stop());
    if (signal.aborted) begin();
    else signal.addEventListener("abort", begin, { once: true });
    return () => signal.removeEventListener("abort", begin);
  }
  const names = ["SIGTERM", "SIGINT"] as const;
  const end = (): void => {
    // Exits even when the author left a timer running.
    void stop().then(() => process.exit(0));
  };
  for (const name of names) process.on(name, end);
  return () => {
    for (const name of names) process.off(name, end);
  };
}

function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
