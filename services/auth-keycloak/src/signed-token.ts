import { parseJsonObject } from "./parse-json-object.ts";
import { TokenRefusal } from "./token-refusal.ts";

/** What a signed token says about its own signature, checked for form only. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid: string | undefined;
  /** In lower case, without "application/"; undefined when the header has none. */
  readonly typ: string | undefined;
}

/** The kinds of token that may be an access token by their header. */
const TYPES: ReadonlySet<string | undefined> = new Set([undefined, "jwt", "at+jwt"]);
/** Ids that providers use: thumbprints, UUIDs, counters, dates, and names with colons. */
const KID = /^[A-Za-z0-9._:=+@-]{1,128}$/;

/** True for a text with the outer form of a signed token: two dots. */
export function looksSigned(token: string): boolean {
  return token.split(".", 4).length === 3;
}

/**
 * Reads the header of a compact JWS. Headers that name a key or a place to get one (`jku`, `x5u`, `jwk`, `x5c`) are
 * never looked at: keys come from the provider of the configuration alone.
 *
 * @throws TokenRefusal for any form that a provider would not write.
 */
export function readHeader(token: string): TokenHeader {
  const parts = token.split(".", 4);
  if (parts.length !== 3 || !parts.every(isCanonical)) throw new TokenRefusal("the token is malformed");
  const { alg, kid, typ, crit } = parseJsonObject(Buffer.from(parts[0] ?? "", "base64url"), "header");
  // We know no extension, so whatever stands here is one that we must not pass over (RFC 7515, 4.1.11).
  if (crit !== undefined) throw new TokenRefusal("the token needs an extension that is not supported (crit)");
  if (typeof alg !== "string") throw new TokenRefusal("the token names no signature algorithm");
  if (kid !== undefined && (typeof kid !== "string" || !KID.test(kid))) {
    throw new TokenRefusal("the token's key id has a form that none has");
  }
  if (typ !== undefined && typeof typ !== "string") throw new TokenRefusal("the token's type is malformed");
  const type = typ?.toLowerCase().replace(/^application\//, "");
  if (!TYPES.has(type)) throw new TokenRefusal("the token is of another type than an access token (typ)");
  return { alg, kid, typ: type };
}

/** The only base64url text of its bytes: alphabet, length and unused bits all as they must be. */
function isCanonical(part: string): boolean {
  return part !== "" && Buffer.from(part, "base64url").toString("base64url") === part;
}
