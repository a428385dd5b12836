import type { preValidationAsyncHookHandler } from "fastify";
import { didYouMean } from "../../config/problem.ts";
import { firstViolations, RatError } from "../../errors.ts";

/** Makes the hook that refuses a body with a key that its schema does not name. */
export function refuseUnknownKeys(schema: unknown): preValidationAsyncHookHandler {
  const known = propertiesOf(schema);
  return ({ body }) => {
    const given = typeof body === "object" && body !== null ? Object.keys(body) : [];
    const unknown = given.filter((key) => !known.includes(key));
    const facts = firstViolations(unknown, (key) => ({
      pointer: `/${key.slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1")}`,
      message: `is no known key; known: ${known.join(", ")}${didYouMean(key.slice(0, 64), known)}`,
    }));
    const [first] = facts.violations;
    if (first === undefined) return Promise.resolve();
    const detail = `The body breaks the schema: ${first.pointer} ${first.message}.`;
    return Promise.reject(new RatError("validation_failed", detail, facts));
  };
}

function propertiesOf(schema: unknown): readonly string[] {
  if (typeof schema !== "object" || schema === null || !("properties" in schema)) return [];
  const { properties } = schema;
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}
