import { chmodSync, lstatSync, mkdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { SqlJob, SqlOutcome } from "@rat/executor-kit/sql-job";
import type { JsonObject, JsonValue } from "@rat/plugin-sdk";
import { confine } from "./confine.ts";
import { quoted } from "./quoted.ts";
import { runUpToQuery } from "./statements.ts";
import { createViews } from "./views.ts";

/** What the answer may hold, as JSON: rows, and the columns beside them. */
const MAX_PREVIEW_BYTES = 128 * 1024;
const MAX_COLUMN_BYTES = 64 * 1024;

/**
 * Runs a query and leaves its rows as `<layer>/<pipeline>.parquet` in the folder of the namespace: whole or not at all.
 *
 * @throws Error with the words of the engine.
 */
export async function runSqlJob(
  instance: DuckDBInstance,
  given: SqlJob,
  say: (line: string) => void,
): Promise<SqlOutcome> {
  const begin = performance.now();
  // The engine compares resolved paths.
  const job = {
    ...given,
    namespaceFolder: realpathSync(given.namespaceFolder),
    tempFolder: realpathSync(given.tempFolder),
  };
  process.chdir(job.namespaceFolder);
  const connection = await instance.connect();
  const folder = layerFolder(job);
  const temporary = join(folder, job.temporary);
  try {
    await confine(connection, job);
    await createViews(connection, job, say);
    const query = await runUpToQuery(connection, job.sql);
    await connection.run(`COPY (\n${query}\n) TO ${quoted(temporary)} (FORMAT parquet)`);
    const preview = await previewOf(connection, temporary, job.previewRows);
    const path = `${job.layer}/${job.pipeline}.parquet`;
    // Others of the namespace read it: they are of the folder's group.
    chmodSync(temporary, 0o660);
    renameSync(temporary, join(job.namespaceFolder, path));
    const seconds = ((performance.now() - begin) / 1000).toFixed(2);
    say(`${JSON.stringify(preview.rows_written)} rows written to ${path} in ${seconds} s`);
    return { result: { path, ...preview } };
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    connection.closeSync();
  }
}

/** The folder of the job's layer, made when it is not there. @throws Error when it is a link or a file. */
function layerFolder({ namespaceFolder, layer }: SqlJob): string {
  const folder = join(namespaceFolder, layer);
  mkdirSync(folder, { recursive: true, mode: 0o770 });
  if (!lstatSync(folder).isDirectory()) throw new Error(`${layer}/ is no folder`);
  return folder;
}

async function previewOf(connection: DuckDBConnection, file: string, maxRows: number): Promise<JsonObject> {
  const from = `FROM read_parquet(${quoted(file)})`;
  const counted = await connection.runAndReadAll(`SELECT count(*) ${from}`);
  const read = await connection.runAndReadAll(`SELECT * ${from} LIMIT ${maxRows}`);
  const types = read.columnTypes();
  const columns = read.columnNames().map((name, at) => ({ name, type: String(types[at]) }));
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
