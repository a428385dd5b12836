/**
 * One record of the audit log, with the names and forms in which it is hashed, stored, shown and exported: whoever has
 * an export can work out the hashes without knowing ratd.
 */
export interface AuditRecord {
  /** The process of ratd that wrote it. */
  readonly writer: string;
  /** Its place in the chain of the writer, from 1. */
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly actor: string;
  readonly auth_mode: string;
  readonly key_id: string | null;
  readonly action: string;
  readonly object_type: string | null;
  readonly object_id: string | null;
  readonly result: string;
  readonly status: number | null;
  readonly request_id: string | null;
  readonly client: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A record in its chain; the hashes in hexadecimal. */
export interface ChainedRecord extends AuditRecord {
  readonly previous_hash: string;
  readonly hash: string;
}
