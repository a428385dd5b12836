import { requireAudience } from "./audience.ts";
import type { TokenRules } from "./settings.ts";
import { TokenRefusal } from "./token-refusal.ts";

/** The claims of a token, of unknown form. */
export type Claims = Readonly<Record<string, unknown>>;

/** A token that ends later than this is a mistake, such as milliseconds for seconds. 10 years. */
const MAX_SECONDS_AHEAD = 315_576_000;

/** Claims that only ID tokens have. */
const ID_TOKEN_CLAIMS = ["at_hash", "c_hash", "s_hash", "nonce"];
/** Claims that access tokens have and ID tokens do not. */
const ACCESS_TOKEN_CLAIMS = ["scope", "scp", "client_id", "cid"];

/**
 * Checks what a token with a valid signature says of itself: that it is an access token of the issuer, and its times.
 * Answers when it ends, in seconds since 1970.
 *
 * @throws TokenRefusal
 */
export function checkSignedClaims(
  claims: Claims,
  typ: string | undefined,
  rules: TokenRules,
  now: number,
): number {
  requireAccessToken(claims, typ, rules);
  if (claims.iss !== rules.issuer) throw new TokenRefusal("the token is from another issuer (iss)");
  if (claims.iat === undefined) throw new TokenRefusal("the token does not say when it was issued (iat)");
  return checkTimes(claims, rules.skewSeconds, now);
}

/** @throws TokenRefusal unless a token says whom it is about, and is for us. */
export function requireOurs(claims: Claims, rules: TokenRules): void {
  requireSubject(claims);
  requireAudience(claims, rules.audience);
}

/** Checks the times of a token and answers when it ends, in seconds. `now` is in milliseconds. @throws TokenRefusal */
export function checkTimes(claims: Claims, skewSeconds: number, now: number): number {
  const seconds = now / 1000;
  const exp = timeOf(claims, "exp");
  if (exp === undefined) throw new TokenRefusal("the token does not say when it ends (exp)");
  if (exp + skewSeconds <= seconds) throw new TokenRefusal("the token has expired");
  if (exp > seconds + MAX_SECONDS_AHEAD)
    throw new TokenRefusal("the token ends beyond any sensible time (exp)");
  for (const name of ["iat", "nbf"]) {
    const begin = timeOf(claims, name);
    if (begin !== undefined && begin > seconds + skewSeconds) {
      throw new TokenRefusal(`the token is not valid yet (${name}); check the clocks of provider and plugin`);
    }
  }
  return exp;
}

/** @throws TokenRefusal unless a token says whom it is about. */
export function requireSubject(claims: Claims): void {
  if (typeof claims.sub !== "string" || claims.sub === "") {
    throw new TokenRefusal("the token does not say whom it is about (sub); in Keycloak, add the scope basic");
  }
}

/** @throws TokenRefusal for a token that only the holder of a key may use: a bearer proves no key. */
export function requireUnbound(claims: Claims): void {
  if (claims.cnf !== undefined) {
    throw new TokenRefusal("the token is bound to a key of its client (cnf), which is not supported");
  }
}

/**
 * ID tokens and refresh tokens have the same issuer, audience and signature as access tokens, and travel more widely.
 * Keycloak tells its tokens apart by the claim `typ`, RFC 9068 by the header `typ`. For others the claims decide, and
 * without an audience of its own, a token that does not show what it is counts as an ID token.
 */
function requireAccessToken(claims: Claims, typ: string | undefined, rules: TokenRules): void {
  requireUnbound(claims);
  const refusal = (): TokenRefusal => new TokenRefusal("the token is not an access token (typ)");
  if (claims.typ !== undefined) {
    if (typeof claims.typ === "string" && claims.typ.toLowerCase() === "bearer") return;
    throw refusal();
  }
  if (typ === "at+jwt") return;
  if (ID_TOKEN_CLAIMS.some((name) => Object.hasOwn(claims, name))) throw refusal();
  const shown = ACCESS_TOKEN_CLAIMS.some((name) => Object.hasOwn(claims, name));
  if (!shown && rules.audience.kind === "own") {
    throw new TokenRefusal(
      "the token does not show that it is an access token; set config.audience to a resource",
    );
  }
}

function timeOf(claims: Claims, name: string): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new TokenRefusal(`the token's ${name} is not a time`);
}
