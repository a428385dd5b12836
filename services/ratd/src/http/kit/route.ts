import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type {
  ContextConfigDefault,
  FastifyContextConfig,
  FastifySchema,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
  RouteGenericInterface,
  RouteHandlerMethod,
} from "fastify";
import type { HttpServices } from "../deps.ts";
import type { AuditedObject } from "../layers/audit.ts";
import type { DemandedAccess } from "./route-access.ts";

/** How the body of a request is taken: parsed as JSON, as the bytes that came, or not at all, for the handler to read. */
export type BodyKind = "json" | "bytes" | "stream";

type Handler<Schema extends FastifySchema> = RouteHandlerMethod<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  RouteGenericInterface,
  ContextConfigDefault,
  Schema,
  TypeBoxTypeProvider
>;

/** A request that fits the schema of its route. */
export type RequestOf<Schema extends FastifySchema> = Parameters<Handler<Schema>>[0];

/** What the layers are told about a route. */
type RouteConfig<Schema extends FastifySchema> = Readonly<
  Omit<FastifyContextConfig, "access" | "audited">
> & {
  /** What the enforcement slot must allow before the handler runs. */
  readonly access?: (
    request: RequestOf<Schema>,
    services: HttpServices,
  ) => DemandedAccess | Promise<DemandedAccess>;
  /** The object of the action, for the audit record, where `access` does not name it. */
  readonly audited?: (request: RequestOf<Schema>) => AuditedObject;
};

/** One route of the API, as data. Nothing of it runs, or needs a service, before a request comes. */
export interface Route<Schema extends FastifySchema = FastifySchema> {
  readonly method: "DELETE" | "GET" | "PATCH" | "POST" | "PUT";
  readonly url: string;
  readonly config: RouteConfig<Schema>;
  /** What requests and answers look like; the OpenAPI document is made from it. */
  readonly schema: Schema;
  /** Default: JSON. */
  readonly takes?: BodyKind;
  /** Bytes; default: limits.body of rat.yaml. */
  readonly bodyLimit?: number;
  /** A request without a body is one with an empty object. */
  readonly bodyOptional?: true;
  /** What somebody wants must not be lost by a misspelling: a key that the schema does not name is an error. */
  readonly refusesUnknownKeys?: true;
  /** Answers are written as they are: cheaper than to find out which of several shapes they have. */
  readonly writesPlainly?: true;
  /** Calls one method of one service, and shows what came of it. */
  readonly handle: (
    services: HttpServices,
    request: RequestOf<Schema>,
    reply: Parameters<Handler<Schema>>[1],
  ) => ReturnType<Handler<Schema>>;
}

/** Makes a row of a table of routes: the types of `handle` and of `config` follow from the schema. */
export function route<const Schema extends FastifySchema>(definition: Route<Schema>): Route {
  // A table holds routes that take different requests. What each takes is what its schema says, and Fastify lets no
  // request through to it that does not fit.
  return definition as unknown as Route;
}

/** The routes by how they take bodies, JSON first: the order in which an app, and the OpenAPI document, has them. */
export function byBody(routes: readonly Route[]): readonly (readonly [BodyKind, readonly Route[]])[] {
  return (["json", "stream", "bytes"] as const).map((kind) => [
    kind,
    routes.filter(({ takes = "json" }) => takes === kind),
  ]);
}
