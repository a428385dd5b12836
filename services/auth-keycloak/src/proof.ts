import type { Claims } from "./check-claims.ts";
import { claimAt, type ClaimPath } from "./claim-path.ts";

/** Claims that OpenID Connect proves by another one: what people enter themselves is a claim, not a fact. */
const PROVEN_BY_ANOTHER: ReadonlySet<string> = new Set(["email", "phone_number"]);

/**
 * Whether the provider vouches for what stands at a path. A claim `<name>_verified` beside it, or at the top, must say
 * true; an address or a number that has none is proven only where `absentProves`.
 */
export function isProven(claims: Claims, path: ClaimPath, absentProves: boolean): boolean {
  const last = path.at(-1) ?? "";
  // The last part of a namespaced claim: https://rat.example/email.
  const name = last.slice(last.lastIndexOf("/") + 1);
  const proofs = [
    claimAt(claims, [...path.slice(0, -1), `${last}_verified`]),
    claimAt(claims, [`${name}_verified`]),
  ];
  const told = proofs.filter((proof) => proof !== undefined);
  if (told.length === 0) return absentProves || !PROVEN_BY_ANOTHER.has(name);
  return told.every((proof) => proof === true || proof === "true");
}
