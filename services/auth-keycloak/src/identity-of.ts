import type { Identity } from "@rat/plugin-sdk";
import type { Claims } from "./check-claims.ts";
import { claimAt, type ClaimPath } from "./claim-path.ts";
import { isProven } from "./proof.ts";
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
  const proven = (path: ClaimPath) => isProven(claims, path, paths.absentProves);
  // What is not proven could be anybody's.
  if (!proven(paths.user)) {
    throw new TokenRefusal(
      "the token does not prove the user id at config.user_claim (email_verified must be true; see config.email_verified_optional)",
    );
  }
  const email = claimAt(claims, paths.email);
  return {
    userId,
    roles: rolesOf(claims, paths),
    ...(isName(email) && proven(paths.email) ? { email } : {}),
  };
}

function rolesOf(claims: Claims, { roles: paths }: IdentityClaims): string[] {
  const found = paths.flatMap((path): unknown[] => {
    const value = claimAt(claims, path);
    if (value === undefined && isElsewhere(claims, path)) {
      throw new TokenRefusal(
        `the token leaves out ${path.join(".")}, since there are too many (_claim_names)`,
      );
    }
    return Array.isArray(value) ? value : [value];
  });
  const roles = [...new Set(found.filter(isName))];
  if (roles.length > MAX_ROLES) throw new TokenRefusal(`the token has more than ${MAX_ROLES} roles`);
  return roles;
}

/** Whether a provider has put a claim elsewhere, as Entra ID does with the groups of who has more than two hundred. */
function isElsewhere(claims: Claims, [first = ""]: ClaimPath): boolean {
  return (
    claimAt(claims, ["_claim_names", first]) !== undefined ||
    (first === "groups" && claims.hasgroups === true)
  );
}

/** A text that ratd keeps as it is: not empty, not long, no control characters. */
function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_CHARS && !/\p{C}/u.test(value);
}
