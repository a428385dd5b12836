import { createHmac, randomUUID } from "node:crypto";
import { safeEqual } from "@rat/plugin-sdk";
import type { Session } from "./session-leases.ts";

/** What a session token says. */
export interface SessionClaims extends Session {
  readonly expiresAt: Date;
}

/** Credentials in the shape of AWS's, whose session token carries the claims under an HMAC-SHA256. */
export function sessionCredentials(claims: SessionClaims, key: string): Record<string, string> {
  const body = Buffer.from(
    JSON.stringify({
      provider: claims.provider,
      resource: claims.resource,
      user_id: claims.userId,
      scopes: claims.scopes,
      lease_id: claims.leaseId,
      // Of two for the same lease, each its own.
      issued: randomUUID(),
      expires_at: Math.floor(claims.expiresAt.getTime() / 1000),
    }),
  ).toString("base64url");
  const token = `${body}.${sign(`token ${body}`, key)}`;
  return {
    AWS_ACCESS_KEY_ID: `ASIA${sign(`id ${body}`, key)
      .replaceAll(/[^A-Za-z0-9]/g, "")
      .slice(0, 16)
      .toUpperCase()}`,
    AWS_SECRET_ACCESS_KEY: sign(`secret ${body}`, key),
    AWS_SESSION_TOKEN: token,
  };
}

/** The claims of a session token, or undefined when it was not signed with the key or has ended. */
export function verifySessionToken(token: string, key: string, now: Date): SessionClaims | undefined {
  const [body = "", signature] = token.split(".");
  if (!safeEqual(signature, sign(`token ${body}`, key))) return undefined;
  const parsed: TokenBody = JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
  const expiresAt = new Date(parsed.expires_at * 1000);
  if (expiresAt <= now) return undefined;
  const { provider, resource, user_id: userId, scopes, lease_id: leaseId } = parsed;
  return { provider, resource, userId, scopes, leaseId, expiresAt };
}

/** The claims as they stand in a token. */
interface TokenBody {
  readonly provider: string;
  readonly resource: string;
  readonly user_id: string;
  readonly scopes: SessionClaims["scopes"];
  readonly lease_id: string;
  readonly expires_at: number;
}

function sign(text: string, key: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}
