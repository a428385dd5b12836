import type { AuditEntry } from "./audit.ts";

/** What ratd does by itself, as audit entries. */
const byRatd = { actor: "ratd", authMode: "none", result: "ok" } as const;

export function startEntry(version: string): AuditEntry {
  return { ...byRatd, action: "ratd.start", details: { version } };
}

export function stopEntry(): AuditEntry {
  return { ...byRatd, action: "ratd.stop" };
}

export function bootstrapKeyEntry(id: string): AuditEntry {
  return { ...byRatd, action: "keys.bootstrap", objectType: "key", objectId: id };
}
