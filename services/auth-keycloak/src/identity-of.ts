import type { Identity } from "@rat/plugin-sdk";
import type { Claims } from "./check-claims.ts";
import { claimAt } from "./claim-path.ts";
import type { IdentityClaims } from "./settings.ts";
import { TokenRefusal } from "./token-refusal.ts";

/** ratd's own limits of an identity. */
const MAX_CHARS = 512;
const MAX_ROLES = 1000;
/** What ratd calls a caller without identity: nobody else may have this name. */
const RESERVED = "anonymous";

/** The identity in the claims of a token that was checked. @throws TokenRefusal when it names no user. */
export function identityOf(claims: Claims, paths: IdentityClaims): Identity {
  const userId = claimAt(claims, paths.user);
  if (!isName(userId) || userId === RESERVED) {
    throw new TokenRefusal("the token has no user id at config.user_claim");
  }
  const email = claimAt(claims, paths.email);
  // An address that the provider knows to be unproven could be anybody's.
  const proven = claims.email_verified !== false;
  return { userId, roles: rolesOf(claims, paths), ...(isName(email) && proven ? { email } : {}) };
}

function rolesOf(claims: Claims, { roles: paths }: IdentityClaims): string[] {
  const found = paths.flatMap((path): unknown[] => {
    const value = claimAt(claims, path);
    return Array.isArray(value) ? value : [value];
  });
  return [...new Set(found.filter(isName))].slice(0, MAX_ROLES);
}

/** A text that ratd keeps as it is: not empty, not long, no control characters. */
function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_CHARS && !/\p{C}/u.test(value);
}
