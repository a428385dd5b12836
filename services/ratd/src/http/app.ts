import { randomBytes } from "node:crypto";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify from "fastify";
import { CHAIN } from "./chain.ts";
import type { App, HttpDeps, HttpServices } from "./deps.ts";
import { Pages } from "./kit/cursor.ts";
import { takeJson } from "./kit/json-body.ts";
import { lazySerializers } from "./kit/lazy-serializers.ts";
import { lazyValidators } from "./kit/lazy-validators.ts";
import { mountRoutes } from "./kit/mount.ts";
import { OpenStreams } from "./kit/open-streams.ts";
import { fromFastify, sendProblem } from "./kit/problem.ts";
import { unreadableRequests } from "./kit/unreadable-request.ts";
import { requestIdOf } from "./layers/request-id.ts";
import { ROUTES } from "./routes.ts";
import { schemas } from "./schemas.ts";
import { LARGEST_BODY_BYTES } from "../config/schema.ts";

/** Longest time for the headers of a request, and idle time of a connection: above what load balancers use. */
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** How often Node.js looks for requests that are too slow; its default of 30 s would add that much to the limits. */
const LOOK_FOR_SLOW_MS = 1_000;
const MAX_HEADER_BYTES = 32_768;
const MAX_HEADERS = 100;

/** What a schema does not name is ignored; what it names must have its type. */
export const AJV_OPTIONS = { coerceTypes: false, removeAdditional: true, useDefaults: true } as const;

/** Builds the public HTTP API: the chain, then the routes. Not yet listening. */
export async function createApp(deps: HttpDeps): Promise<App> {
  const { live } = deps;
  const { limits, trustedProxies } = live.current;
  const app: App = fastify({
    loggerInstance: undefined,
    logger: false,
    // Routes hold bodies to the limit of rat.yaml, which changes.
    bodyLimit: LARGEST_BODY_BYTES,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: LOOK_FOR_SLOW_MS,
    },
    clientErrorHandler: unreadableRequests(deps, {
      maxHeaderBytes: MAX_HEADER_BYTES,
      headersMs: HEADERS_TIMEOUT_MS,
    }),
    frameworkErrors: (error, request, reply) => void sendProblem(fromFastify(error), request, reply),
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
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
  const stopFollowing = live.onChange((after) => {
    // Node reads it at each of its looks for requests that take too long.
    app.server.requestTimeout = after.limits.requestMs;
  });

  const services = servicesOf(deps);
  app.addHook("preClose", (done) => {
    stopFollowing();
    services.eventStreams.endAll();
    services.logStreams.endAll();
    done();
  });
  takeJson(app);
  for (const schema of Object.values(schemas)) app.addSchema(schema);
  for (const layer of CHAIN) await layer.install(app, services);
  mountRoutes(app, ROUTES, services);
  await app.ready();
  return app;
}

function servicesOf(deps: HttpDeps): HttpServices {
  const { clock, metrics, live } = deps;
  const limit = () => live.current.limits.eventClients;
  const limitOfOne = () => live.current.limits.eventClientsOfOne;
  return {
    ...deps,
    pages: new Pages({ key: () => deps.keys.get("cursors"), randomBytes }),
    startedAt: clock.monotonic(),
    eventStreams: new OpenStreams({
      limit,
      limitOfOne,
      what: "event streams",
      onChange: (open) => metrics.eventClients.set(open),
    }),
    logStreams: new OpenStreams({ limit, limitOfOne, what: "streams of output" }),
  };
}
