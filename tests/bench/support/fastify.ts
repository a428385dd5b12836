import { createRequire } from "node:module";
import type { IncomingHttpHeaders } from "node:http";

/** What the peers use of Fastify. */
export interface MinimalFastify {
  get(path: string, handler: (request: MinimalRequest) => unknown): void;
  post(path: string, handler: (request: MinimalRequest) => unknown): void;
  addHook(name: "onRequest", hook: (request: MinimalRequest) => Promise<void>): void;
  listen(options: { readonly host: string; readonly port: number }): Promise<string>;
}

/** What the peers use of a request. */
export interface MinimalRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** The Fastify that ratd depends on, with nothing added to it. */
export function bareFastify(): MinimalFastify {
  const ratd = createRequire(new URL("../../../services/ratd/package.json", import.meta.url));
  const create = ratd("fastify") as (options: { logger: false }) => MinimalFastify;
  return create({ logger: false });
}

/** The port in the address that Fastify listens on. */
export function portOfUrl(url: string): number {
  return Number(new URL(url).port);
}
