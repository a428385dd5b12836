import type { AuditEntry } from "./audit.ts";
import type { AuditRecord } from "./audit-record.ts";
import { redactDetails, redactText } from "./redact.ts";

/** Longest names, characters. What an index holds must fit into a third of a page in any script. */
const NAME = 128;
const KIND = 64;

/** The record of an entry, cleaned and bounded: whatever a caller sent, the database takes it and no secret is in it. */
export function composeRecord(
  {
    actor,
    authMode,
    keyId,
    action,
    objectType,
    objectId,
    result,
    status,
    requestId,
    client,
    details,
  }: AuditEntry,
  place: { readonly writer: string; readonly seq: number; readonly at: string },
): AuditRecord {
  const optional = (text: string | undefined, length: number) =>
    text === undefined ? null : redactText(text, length);
  return {
    ...place,
    actor: redactText(actor),
    auth_mode: authMode,
    key_id: optional(keyId, NAME),
    action: redactText(action, NAME),
    object_type: optional(objectType, KIND),
    object_id: optional(objectId, 512),
    result,
    status: status ?? null,
    request_id: optional(requestId, NAME),
    client: optional(client, NAME),
    details: redactDetails(details ?? {}),
  };
}
