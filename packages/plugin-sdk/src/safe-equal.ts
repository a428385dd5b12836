import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * Compares two texts in a time that depends on neither, whatever their lengths. Two missing or empty
 * texts are not equal: an unset secret must not let an empty token in.
 */
export function safeEqual(a: string | undefined, b: string | undefined): boolean {
  // Digests have one length, so timingSafeEqual cannot throw; a fresh key keeps their bytes unpredictable.
  const key = randomBytes(32);
  const digest = (text: string): Buffer => createHmac("sha256", key).update(text, "utf8").digest();
  const same = timingSafeEqual(digest(a ?? ""), digest(b ?? ""));
  return same && a !== undefined && a !== "";
}
