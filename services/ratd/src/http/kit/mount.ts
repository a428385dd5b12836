import type { FastifyRequest, RouteOptions } from "fastify";
import type { App, HttpServices } from "../deps.ts";
import { limitBody } from "./body-limit.ts";
import { refuseUnknownKeys } from "./known-keys.ts";
import { byBody, type BodyKind, type Route } from "./route.ts";

/** Adds a table of routes to an app. */
export function mountRoutes(app: App, routes: readonly Route[], services: HttpServices): void {
  for (const [kind, group] of byBody(routes)) {
    if (kind === "json") addAll(app, group, services);
    else {
      // A scope of its own: here bodies of every type are taken as they come, and nowhere else.
      app.register((scope: App, _options, done) => {
        takeAnything(scope, kind);
        addAll(scope, group, services);
        done();
      });
    }
  }
}

function takeAnything(scope: App, kind: Exclude<BodyKind, "json">): void {
  scope.removeAllContentTypeParsers();
  if (kind === "stream") scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  else scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
}

function addAll(app: App, routes: readonly Route[], services: HttpServices): void {
  for (const route of routes) app.route(optionsOf(route, services));
}

function optionsOf(route: Route, services: HttpServices): RouteOptions {
  const { method, url, config, schema, bodyLimit, handle } = route;
  return {
    method,
    url,
    config,
    schema,
    handler: (request, reply) => handle(services, request, reply),
    ...(bodyLimit === undefined ? bodyLimitOf(route, services) : { bodyLimit }),
    ...(route.writesPlainly === true ? { serializerCompiler: () => (value) => JSON.stringify(value) } : {}),
    ...preValidationOf(route),
  };
}

/** The limit of rat.yaml, as it is when a request comes. */
function bodyLimitOf({ method, takes }: Route, { live }: HttpServices): Partial<RouteOptions> {
  if (method === "GET" || takes === "stream") return {};
  return { preParsing: limitBody(() => live.current.limits.bodyBytes) };
}

function preValidationOf({ bodyOptional, refusesUnknownKeys, schema }: Route): Partial<RouteOptions> {
  if (bodyOptional === true) {
    return {
      preValidation: (request: FastifyRequest, _reply, done) => {
        request.body ??= {};
        done();
      },
    };
  }
  return refusesUnknownKeys === true ? { preValidation: refuseUnknownKeys(schema.body) } : {};
}
