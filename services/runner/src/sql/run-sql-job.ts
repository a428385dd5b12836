import { chmodSync, lstatSync, mkdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBInstance } from "@duckdb/node-api";
import type { SqlJob, SqlOutcome } from "@rat/executor-kit/sql-job";
import { confine } from "./confine.ts";
import { exactQuery } from "./exact-query.ts";
import { previewOf } from "./preview.ts";
import { quoted } from "./quoted.ts";
import { runUpToQuery } from "./statements.ts";
import { createViews } from "./views.ts";

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
    const query = exactQuery(await runUpToQuery(connection, job.sql));
    await connection.run(`COPY (${query}) TO ${quoted(temporary)} (FORMAT parquet)`);
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
