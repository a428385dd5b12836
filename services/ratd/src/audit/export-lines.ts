import type { ChainedRecord } from "./audit-record.ts";

/** The forms of an export. */
export const EXPORT_FORMATS = ["ndjson", "csv"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const COLUMNS = [
  "writer",
  "seq",
  "at",
  "actor",
  "auth_mode",
  "key_id",
  "action",
  "object_type",
  "object_id",
  "result",
  "status",
  "request_id",
  "client",
  "details",
  "previous_hash",
  "hash",
] as const satisfies readonly (keyof ChainedRecord)[];

/**
 * The text of an export. `ndjson` is a record a line and a last line `{"end":true,…}`, without which an export is not whole.
 */
export async function* exportLines(
  batches: AsyncIterable<readonly ChainedRecord[]>,
  format: ExportFormat,
  filtered: boolean,
): AsyncGenerator<string> {
  if (format === "csv") yield `${COLUMNS.join()}\r\n`;
  let records = 0;
  for await (const batch of batches) {
    records += batch.length;
    if (batch.length > 0) yield batch.map(format === "csv" ? csvLine : jsonLine).join("");
  }
  if (format === "ndjson") yield `${JSON.stringify({ end: true, records, filtered })}\n`;
}

function jsonLine(record: ChainedRecord): string {
  return `${JSON.stringify(Object.fromEntries(COLUMNS.map((name) => [name, record[name]])))}\n`;
}

function csvLine(record: ChainedRecord): string {
  return `${COLUMNS.map((name) => csvCell(record[name])).join()}\r\n`;
}

/** A cell that no spreadsheet takes for a formula. */
function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = /^[\s]*[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
