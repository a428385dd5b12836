import type { FastifyRequest } from "fastify";
import { RatError } from "../../errors.ts";

/** What a caller may call a request that may be repeated. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** The Idempotency-Key of a request; undefined without one. @throws RatError bad_request */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  return checkedKey("Idempotency-Key", headers["idempotency-key"]);
}

/** A key that came in the header `name`; undefined without one. @throws RatError bad_request */
export function checkedKey(name: string, key: string | string[] | undefined): string | undefined {
  if (key === undefined || (typeof key === "string" && KEY.test(key))) return key;
  throw new RatError("bad_request", `${name} must be 1 to 255 printable characters without spaces.`);
}
