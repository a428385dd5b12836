import { createHash, timingSafeEqual } from "node:crypto";

const ID_BYTES = 8;
const SECRET_BYTES = 32;
const FORM = /^rat_([0-9a-f]{16})_([0-9a-f]{64})$/;

/** An API key in its parts. The secret is shown once and kept nowhere. */
export interface ApiKeyParts {
  readonly id: string;
  readonly secret: string;
}

/** Whether a credential claims to be an API key of ours; then no auth plugin ever sees it. */
export function looksLikeApiKey(text: string): boolean {
  return text.startsWith("rat_");
}

/** Reads `rat_<id>_<secret>`; undefined for anything else. */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Makes an id of a key. `randomBytes` is that of node:crypto. */
export function newKeyId(randomBytes: (size: number) => Uint8Array): string {
  return Buffer.from(randomBytes(ID_BYTES)).toString("hex");
}

/** Makes a secret of 256 bits. */
export function newKeySecret(randomBytes: (size: number) => Uint8Array): string {
  return Buffer.from(randomBytes(SECRET_BYTES)).toString("hex");
}

/** The key as its holder writes it. Secret. */
export function formatApiKey({ id, secret }: ApiKeyParts): string {
  return `rat_${id}_${secret}`;
}

/** What is kept of a secret: SHA-256. Its 256 bits of chance need no slow hash. */
export function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** Compares two hashes in constant time; hashes of another length are no hashes of ours. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
