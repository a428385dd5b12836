import { hash, randomBytes, timingSafeEqual } from "node:crypto";

/** Keeps the bytes of the digests unpredictable to callers. */
const PREFIX = randomBytes(32).toString("hex");

/**
 * Compares two texts in a time that depends on neither, whatever their lengths. Two missing or empty
 * texts are not equal: an unset secret must not let an empty token in.
 */
export function safeEqual(a: string | undefined, b: string | undefined): boolean {
  // Digests have one length, so timingSafeEqual cannot throw.
  const digest = (text: string): Buffer => hash("sha256", PREFIX + text, "buffer");
  const same = timingSafeEqual(digest(a ?? ""), digest(b ?? ""));
  return same && a !== undefined && a !== "";
}
