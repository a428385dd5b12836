import type { ServerResponse } from "node:http";
import type { AuditRecord, AuditVerification } from "@rat/client";
import { chainedRecord, NO_HASH } from "../commands/audit/chain.ts";

/** What a fake ratd knows of the audit log. */
export interface FakeAudit {
  records: readonly AuditRecord[];
  verification: AuditVerification;
}

/** Two records of one chain. */
export function sampleAudit(): FakeAudit {
  const bare = {
    writer: "019bc1a5d0000123456789abcdef",
    at: "2026-01-15T11:59:00.000Z",
    actor: "u-1",
    auth_mode: "api_key",
    key_id: "0123456789abcdef",
    action: "keys.create",
    object_type: "key",
    object_id: "",
    request_id: "req-1",
    client: "127.0.0.1",
    details: {},
  };
  const first = chainedRecord(NO_HASH, { ...bare, seq: 1, result: "begun", status: null });
  const second = chainedRecord(first.hash, {
    ...bare,
    seq: 2,
    result: "ok",
    status: 201,
    actor: "u-1\u001B[31m",
  });
  return {
    records: [first, second],
    verification: { ok: true, writers: 1, records: 2, checkpoints: 2, unchecked: 0, problems: [] },
  };
}

/** The NDJSON of an export. */
export function exportText(records: readonly AuditRecord[], filtered = false): string {
  const end = { end: true, records: records.length, filtered };
  return [...records, end].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** Answers the routes about the audit log; false when the route is another one. */
export function answerAudit(state: FakeAudit, url: URL, response: ServerResponse): boolean {
  const send = (type: string, text: string): true => {
    response.writeHead(200, { "content-type": type });
    response.end(text);
    return true;
  };
  switch (url.pathname) {
    case "/api/v1/audit": {
      const page = { records: state.records.toReversed(), next_cursor: null };
      return send("application/json", JSON.stringify(page));
    }
    case "/api/v1/audit/verify":
      return send("application/json", JSON.stringify(state.verification));
    case "/api/v1/audit/export":
      return url.searchParams.get("format") === "csv"
        ? send("text/csv", "writer,seq\r\n")
        : send("application/x-ndjson", exportText(state.records));
    default:
      return false;
  }
}
