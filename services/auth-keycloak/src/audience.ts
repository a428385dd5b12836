import { TokenRefusal } from "./token-refusal.ts";

/** Who a token must be for. */
export type AudienceRule =
  /** `aud` holds one of these. */
  | { readonly kind: "named"; readonly audiences: readonly string[] }
  /**
   * `aud` holds the client id; or the token was issued to one of our own clients (`azp`) and `aud` holds "account",
   * which is how Keycloak makes tokens for a client without an audience mapper.
   */
  | { readonly kind: "own"; readonly clientId: string; readonly issuedTo: readonly string[] };

/** What Keycloak puts into `aud` when nobody told it for whom a token is. */
const KEYCLOAK_AUDIENCE = "account";

/** @throws TokenRefusal unless a token is for us. */
export function requireAudience(claims: Readonly<Record<string, unknown>>, rule: AudienceRule): void {
  const audiences = audiencesOf(claims.aud);
  if (rule.kind === "named") {
    if (rule.audiences.some((name) => audiences.includes(name))) return;
    throw new TokenRefusal("the token is for another audience; config.audience says which are accepted");
  }
  if (audiences.includes(rule.clientId)) return;
  const { azp } = claims;
  const ours = typeof azp === "string" && rule.issuedTo.includes(azp);
  if (ours && audiences.includes(KEYCLOAK_AUDIENCE)) return;
  throw new TokenRefusal(
    "the token is for another client; add an audience mapper for config.client_id, or set config.audience",
  );
}

/** The audiences of a token. @throws TokenRefusal when there is none, or it has a form that none has. */
function audiencesOf(aud: unknown): readonly string[] {
  const list: unknown[] = Array.isArray(aud) ? aud : [aud];
  const texts = list.filter((entry) => typeof entry === "string");
  if (texts.length === 0 || texts.length !== list.length) {
    throw new TokenRefusal("the token does not say whom it is for (aud)");
  }
  return texts;
}
