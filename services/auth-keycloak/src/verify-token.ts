import { compactVerify, type CryptoKey } from "jose";
import { checkSignedClaims, type Claims } from "./check-claims.ts";
import { parseJsonObject } from "./parse-json-object.ts";
import type { TokenRules } from "./settings.ts";
import { readHeader } from "./signed-token.ts";
import { TokenRefusal } from "./token-refusal.ts";

/** What it takes to check a signed token. */
export interface VerifyDeps {
  readonly rules: TokenRules;
  readonly algorithms: readonly string[];
  /** The provider's key; undefined when it has none such. */
  readonly key: (kid: string | undefined, alg: string) => Promise<CryptoKey | undefined>;
  /** The time, milliseconds. */
  readonly now: () => number;
}

/** A token that passed. */
export interface VerifiedToken {
  readonly claims: Claims;
  /** When it ends, seconds since 1970. */
  readonly exp: number;
}

/**
 * Checks a signed token: form, algorithm, signature, issuer, times, in this order. Whom it is about and for is left to
 * `requireOurs`.
 *
 * @throws TokenRefusal
 */
export async function verifyToken(token: string, deps: VerifyDeps): Promise<VerifiedToken> {
  const { alg, kid, typ } = readHeader(token);
  if (!deps.algorithms.includes(alg)) {
    throw new TokenRefusal("the token's signature algorithm is not one of config.algorithms");
  }
  const key = await deps.key(kid, alg);
  if (key === undefined)
    throw new TokenRefusal("the provider has no key that the token could be signed with");
  const claims = parseJsonObject(await signedPayload(token, key, alg), "payload");
  return { claims, exp: checkSignedClaims(claims, typ, deps.rules, deps.now()) };
}

async function signedPayload(token: string, key: CryptoKey, alg: string): Promise<Uint8Array> {
  try {
    return (await compactVerify(token, key, { algorithms: [alg] })).payload;
  } catch {
    throw new TokenRefusal("the token's signature does not fit");
  }
}
