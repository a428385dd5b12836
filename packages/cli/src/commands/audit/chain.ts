import { createHash } from "node:crypto";
import { canonicalJson, CanonicalJsonError } from "@rat/artifact";
import type { AuditRecord } from "@rat/client";

/** The hash before the first record of a chain. */
export const NO_HASH = "0".repeat(64);

/** A record without its hashes. */
export type BareRecord = Omit<AuditRecord, "hash" | "previous_hash">;

/** The hash that a record has behind another one. @throws CanonicalJsonError for what no record can be. */
export function hashOf(previousHash: string, record: BareRecord): string {
  return createHash("sha256").update(previousHash, "hex").update(canonicalJson(record)).digest("hex");
}

/** Whether a record has the hash that belongs to it. */
export function hasOwnHash({ hash, previous_hash: previous, ...bare }: AuditRecord): boolean {
  try {
    return hashOf(previous, bare) === hash;
  } catch (error) {
    // No ratd writes a record without a canonical form, so somebody else did.
    if (error instanceof CanonicalJsonError) return false;
    throw error;
  }
}

/** A record with its hashes. */
export function chainedRecord(previousHash: string, record: BareRecord): AuditRecord {
  return { ...record, previous_hash: previousHash, hash: hashOf(previousHash, record) };
}
