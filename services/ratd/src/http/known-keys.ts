import type { FastifyRequest } from "fastify";
import { didYouMean } from "../config/problem.ts";
import { RatError } from "../errors.ts";

/**
 * Makes the check that a body has no key but those of its schema: what somebody wants of a pipeline is not to be lost by
 * a misspelling. A hook for `preValidation`.
 */
export function onlyKeysOf(schema: {
  readonly properties: object;
}): (request: FastifyRequest) => Promise<void> {
  const known = Object.keys(schema.properties);
  return ({ body }) => {
    const given = typeof body === "object" && body !== null ? Object.keys(body) : [];
    const violations = given
      .filter((key) => !known.includes(key))
      .map((key) => ({
        pointer: `/${key.slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1")}`,
        message: `is no known key; known: ${known.join(", ")}${didYouMean(key.slice(0, 64), known)}`,
      }));
    const [first] = violations;
    if (first === undefined) return Promise.resolve();
    const detail = `The body breaks the schema: ${first.pointer} ${first.message}.`;
    return Promise.reject(new RatError("validation_failed", detail, { violations }));
  };
}
