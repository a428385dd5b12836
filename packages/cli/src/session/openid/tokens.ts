import type { SessionCredential } from "../contexts/credential.ts";
import type { ProviderAnswer } from "./provider-http.ts";

/** The provider and client that tokens come from. */
export type SessionOrigin = Pick<SessionCredential, "issuer" | "client_id" | "resource">;

/** Renewed this long before the end, but no earlier than after four fifths of the life. */
const LEAD_MS = 30_000;

/** The session in the answer of a token endpoint; undefined when it holds none. `now` is the time of the question. */
export function sessionOf(
  { status, body }: ProviderAnswer,
  origin: SessionOrigin,
  now: number,
): SessionCredential | undefined {
  const { access_token: access, refresh_token: refresh, expires_in: seconds, token_type: type } = body;
  if (status !== 200 || !isToken(access) || typeof type !== "string" || !/^bearer$/iu.test(type))
    return undefined;
  const lifeMs = Number(seconds) * 1_000;
  const ends = Number.isFinite(lifeMs) && lifeMs > 0;
  return {
    kind: "session",
    issuer: origin.issuer,
    client_id: origin.client_id,
    ...(origin.resource === undefined ? {} : { resource: origin.resource }),
    access_token: access,
    ...(isToken(refresh) ? { refresh_token: refresh } : {}),
    ...(ends
      ? { expires_at: iso(now + lifeMs), renew_at: iso(now + lifeMs - Math.min(LEAD_MS, lifeMs / 5)) }
      : {}),
  };
}

/** The error that a provider names, in words that are safe to print; what it says at length is left out. */
export function oauthError({ body }: ProviderAnswer): string | undefined {
  const { error } = body;
  return typeof error === "string" && /^[a-z_]{1,64}$/u.test(error) ? error : undefined;
}

function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\u0021-\u007E]+$/u.test(value);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
