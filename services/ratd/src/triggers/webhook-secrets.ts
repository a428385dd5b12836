import { createHash, createHmac, timingSafeEqual } from "node:crypto";

const TOKEN_BYTES = 32;

/** The two secrets of a webhook, shown once. */
export interface WebhookSecrets {
  /** Sent as `Authorization: Bearer <token>`. */
  readonly token: string;
  /** Key of the signatures. */
  readonly secret: string;
}

/** A new token. Secret. */
export function newToken(randomBytes: (size: number) => Uint8Array): string {
  return `rat_hook_${Buffer.from(randomBytes(TOKEN_BYTES)).toString("base64url")}`;
}

/** What is stored of a token. */
export function hashToken(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}

/** The signing secret of a trigger: derived, so that the database holds none. `key` is shared by all replicas. */
export function signingSecret(key: Uint8Array, trigger: string, generation: number): string {
  return `rat_sign_${createHmac("sha256", key).update(`webhook ${trigger} ${generation}`).digest("base64url")}`;
}

/** The signature of a delivery: over its time, a full stop and its body as it came. */
export function sign(secret: string, timestamp: string, body: Uint8Array): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex")}`;
}

/** Whether two byte strings are the same, in a time that does not tell where they differ. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  // Of hashes, so that the lengths are equal too.
  const [a, b] = [one, other].map((bytes) => createHash("sha256").update(bytes).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
