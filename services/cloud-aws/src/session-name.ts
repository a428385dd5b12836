import { createHash } from "node:crypto";

/** The longest name of a session. */
const MAX_LENGTH = 64;
const HASH_LENGTH = 10;

/** The name by which a user's sessions are found in CloudTrail: readable, and of two users never the same. */
export function sessionName(userId: string): string {
  const hash = createHash("sha256").update(userId).digest("hex").slice(0, HASH_LENGTH);
  const readable = userId.replaceAll(/[^\w+=,.@-]/g, "-").slice(0, MAX_LENGTH - HASH_LENGTH - 1);
  return `${readable}.${hash}`;
}
