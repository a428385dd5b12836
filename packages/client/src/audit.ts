import type * as api from "./api-types.ts";
import { collect, query, type Call } from "./calls.ts";
import type { Transport } from "./transport.ts";

/** The audit log. Needs the scope `audit:read`. */
export interface AuditCalls {
  /** Newest first. */
  list(filter?: api.AuditFilter, options?: api.ListOptions): Promise<readonly api.AuditRecord[]>;
  /**
   * The records that fit, each chain from its beginning, as they arrive. NDJSON ends with a line `{"end":true,…}`: without it
   * the export is not whole. Aborting the signal ends it.
   */
  export(
    format: api.AuditExportFormat,
    filter: api.AuditFilter,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Has ratd look at the whole log. `timeoutMs` is the limit of that; default: ten minutes. */
  verify(options?: { readonly timeoutMs?: number | undefined }): Promise<api.AuditVerification>;
}

const VERIFY_MS = 600_000;

/** The calls about the audit log. */
export function auditCalls(call: Call, transport: Transport): AuditCalls {
  const base = "/api/v1/audit";
  return {
    list: (filter = {}, { limit = Infinity } = {}) =>
      collect(limit, async (page) => {
        const answer = await call("GET /api/v1/audit", `${base}${query({ ...filter, ...page })}`);
        return { items: answer.records, next_cursor: answer.next_cursor };
      }),
    async export(format, filter, signal) {
      const path = `${base}/export${query({ ...filter, format })}`;
      const response = await transport.open({ method: "GET", path, headers: { accept: "*/*" }, signal });
      return response.body ?? new Blob([]).stream();
    },
    verify: ({ timeoutMs = VERIFY_MS } = {}) =>
      call("GET /api/v1/audit/verify", `${base}/verify`, undefined, { timeoutMs }),
  };
}
