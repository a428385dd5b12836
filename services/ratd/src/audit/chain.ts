import { createHash } from "node:crypto";
import { canonicalJson, CanonicalJsonError } from "@rat/artifact";
import type { AuditRecord, ChainedRecord } from "./audit-record.ts";

/** The hash before the first record of a chain. */
export const NO_HASH = "0".repeat(64);

/** The hash of a record behind another one: SHA-256 of the 32 bytes of that hash and the canonical JSON, in hexadecimal. */
export function hashRecord(previousHash: string, record: AuditRecord): string {
  return createHash("sha256").update(previousHash, "hex").update(canonicalJson(record)).digest("hex");
}

/** A record with its hashes. */
export function chainRecord(previousHash: string, record: AuditRecord): ChainedRecord {
  return { ...record, previous_hash: previousHash, hash: hashRecord(previousHash, record) };
}

/** Whether a record, as it was read, has the hash that belongs to it. */
export function hasOwnHash(record: ChainedRecord): boolean {
  try {
    return hashRecord(record.previous_hash, bareRecord(record)) === record.hash;
  } catch (error) {
    // No writer makes a record without a canonical form, so somebody else did.
    if (error instanceof CanonicalJsonError) return false;
    throw error;
  }
}

/** A chained record without its hashes. */
export function bareRecord({ previous_hash: _previous, hash: _hash, ...record }: ChainedRecord): AuditRecord {
  return record;
}
