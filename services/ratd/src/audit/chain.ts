import { createHash } from "node:crypto";
import type { AuditRecord, ChainedRecord } from "./audit-record.ts";

/** The hash before the first record of a chain. */
export const NO_HASH = "0".repeat(64);

/** JSON with sorted keys and no blanks: one text for one value, however it was stored. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join()}}`;
}

/** The hash of a record behind another one: SHA-256 of the 32 bytes of that hash and the canonical JSON, in hexadecimal. */
export function hashRecord(previousHash: string, record: AuditRecord): string {
  return createHash("sha256").update(previousHash, "hex").update(canonicalJson(record)).digest("hex");
}

/** A record with its hashes. */
export function chainRecord(previousHash: string, record: AuditRecord): ChainedRecord {
  return { ...record, previous_hash: previousHash, hash: hashRecord(previousHash, record) };
}

/** A chained record without its hashes. */
export function bareRecord({ previous_hash: _previous, hash: _hash, ...record }: ChainedRecord): AuditRecord {
  return record;
}
