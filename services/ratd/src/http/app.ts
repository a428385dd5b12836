import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify from "fastify";
import { CHAIN } from "./chain.ts";
import type { App, HttpDeps } from "./deps.ts";
import { lazySerializers } from "./lazy-serializers.ts";
import { lazyValidators } from "./lazy-validators.ts";
import { requestIdOf } from "./layers/request-id.ts";
import { ROUTES } from "./routes/routes.ts";
import { schemas } from "./schemas.ts";

/** Longest time for the headers of a request, and idle time of a connection: above what load balancers use. */
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
const MAX_HEADER_BYTES = 32_768;
const MAX_HEADERS = 100;

/** What a schema does not name is ignored; what it names must have its type. */
export const AJV_OPTIONS = { coerceTypes: false, removeAdditional: true, useDefaults: true } as const;

/**
 * Builds the public HTTP API: the chain, then the routes. Not yet listening. `prepare` may add to the app before its
 * routes are known.
 */
export async function createApp(
  deps: HttpDeps,
  prepare: (app: App) => PromiseLike<unknown> = () => Promise.resolve(),
): Promise<App> {
  const { config } = deps;
  const app: App = fastify({
    loggerInstance: undefined,
    logger: false,
    bodyLimit: config.limits.bodyBytes,
    requestTimeout: config.limits.requestMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, maxHeaderSize: MAX_HEADER_BYTES },
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    genReqId: requestIdOf,
    // Requests that come on open connections while ratd drains are answered by layer 7.
    return503OnClosing: false,
    forceCloseConnections: "idle",
    schemaController: {
      compilersFactory: { buildSerializer: lazySerializers(), buildValidator: lazyValidators() },
    },
    ajv: { customOptions: AJV_OPTIONS },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.server.maxHeadersCount = MAX_HEADERS;

  await prepare(app);
  for (const schema of Object.values(schemas)) app.addSchema(schema);
  for (const layer of CHAIN) await layer.install(app, deps);
  for (const addRoutes of ROUTES) addRoutes(app, deps);
  await app.ready();
  return app;
}
