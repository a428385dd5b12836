import { createHash } from "node:crypto";
import type { AuditRecord } from "@rat/client";

/** The hash before the first record of a chain. */
export const NO_HASH = "0".repeat(64);

/** A record without its hashes. */
export type BareRecord = Omit<AuditRecord, "hash" | "previous_hash">;

/** JSON with sorted keys and no blanks, as ratd hashes it. Written a second time here: who checks trusts no code of ratd. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(",")}}`;
}

/** The hash that a record has behind another one. */
export function hashOf(previousHash: string, record: BareRecord): string {
  return createHash("sha256").update(previousHash, "hex").update(canonicalJson(record)).digest("hex");
}

/** A record with its hashes. */
export function chainedRecord(previousHash: string, record: BareRecord): AuditRecord {
  return { ...record, previous_hash: previousHash, hash: hashOf(previousHash, record) };
}
