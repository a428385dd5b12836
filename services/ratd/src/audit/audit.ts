import type { AuthMode } from "../access/principal.ts";

/** How an action ended. `begun` is written before a critical one, so that nothing of its kind happens unrecorded. */
export const AUDIT_RESULTS = ["begun", "ok", "refused", "failed"] as const;
export type AuditResult = (typeof AUDIT_RESULTS)[number];

/** What somebody did, tried, or what became of a slot. Holds no secrets. */
export interface AuditEntry {
  /** A dotted name, for example `keys.create`; for other changes `POST /api/v1/pipelines`. */
  readonly action: string;
  readonly result: AuditResult;
  /** The user; `ratd` for what nobody asked for. */
  readonly actor: string;
  readonly authMode: AuthMode | "none";
  /** The API key that was used. */
  readonly keyId?: string | undefined;
  readonly objectType?: string | undefined;
  readonly objectId?: string | undefined;
  /** Status of the answer. */
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  /** Address of the client. */
  readonly client?: string | undefined;
  /** Further facts, as JSON. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** Where audit records go. */
export interface Auditor {
  /** Writes a record as soon as it can. Never throws; what cannot be written in the end is counted as lost. */
  record(entry: AuditEntry): void;

  /**
   * Writes a record and resolves when it is kept.
   *
   * @throws RatError audit_unavailable within two seconds: what the record is about must not happen
   */
  demand(entry: AuditEntry): Promise<void>;
}
