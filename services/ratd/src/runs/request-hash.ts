import { createHash } from "node:crypto";
import { canonicalJson, CanonicalJsonError } from "@rat/artifact";
import { RatError } from "../errors.ts";

/**
 * What an idempotency key is tied to: the same request with its members in another order is the same request.
 *
 * @throws RatError bad_request for a body that cannot be told from another one
 */
export function requestHash(url: string, body: unknown): Buffer {
  return createHash("sha256")
    .update(`${url}\n${canonicalBody(body)}`)
    .digest();
}

function canonicalBody(body: unknown): string {
  try {
    return canonicalJson(body ?? null);
  } catch (error) {
    if (!(error instanceof CanonicalJsonError)) throw error;
    const where = error.message.replace(/^\$\.?/, "").toWellFormed();
    throw new RatError(
      "bad_request",
      `A request with an Idempotency-Key must be plain JSON, but in its body ${where}. Correct it, or leave the key out.`,
      { cause: error },
    );
  }
}
