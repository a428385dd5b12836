import { DuckDBTypeId, type DuckDBConnection } from "@duckdb/node-api";
import type { JsonObject, JsonValue } from "@rat/plugin-sdk";
import { replaced } from "./nested-types.ts";
import { identifier, quoted } from "./quoted.ts";

/** What the answer may hold, as JSON: rows, and the columns beside them. */
const MAX_PREVIEW_BYTES = 128 * 1024;
const MAX_COLUMN_BYTES = 64 * 1024;

/** Types whose values JSON holds exactly. All others are shown as the engine writes them as text. */
const PLAIN: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.VARCHAR,
]);

/** The first rows of a Parquet file as JSON, with its columns and the number of its rows. */
export async function previewOf(
  connection: DuckDBConnection,
  file: string,
  maxRows: number,
): Promise<JsonObject> {
  const from = `FROM read_parquet(${quoted(file)})`;
  const counted = await connection.runAndReadAll(`SELECT count(*) ${from}`);
  const head = await connection.run(`SELECT * ${from} LIMIT 0`);
  const types = head.columnTypes();
  const names = head.columnNames();
  const columns = names.map((name, at) => ({ name, type: String(types[at]) }));
  const selected = types.map((type, at) => {
    const name = identifier(names[at] ?? "");
    const shown = replaced(type, ({ typeId }) => (PLAIN.has(typeId) ? undefined : "VARCHAR"));
    return shown === undefined ? name : `CAST(${name} AS ${shown})`;
  });
  const read = await connection.runAndReadAll(`SELECT ${selected.join(", ")} ${from} LIMIT ${maxRows}`);
  const total = Number(counted.getRows()[0]?.[0] ?? 0);
  const shown = fitting(columns, MAX_COLUMN_BYTES);
  const rows = fitting(JSON.parse(JSON.stringify(read.getRowsJson())), MAX_PREVIEW_BYTES);
  return {
    rows_written: total,
    columns: shown,
    // Rows that are wider than their columns would say nothing.
    rows: shown.length < columns.length ? [] : rows,
    truncated: rows.length < total || shown.length < columns.length,
  };
}

/** As many from the front as fit, as JSON. */
function fitting(values: readonly JsonValue[], maxBytes: number): JsonValue[] {
  let bytes = 0;
  const end = values.findIndex((value) => (bytes += Buffer.byteLength(JSON.stringify(value)) + 1) > maxBytes);
  return values.slice(0, end < 0 ? values.length : end);
}
