import { closeSync, lstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { SqlJob, SqlJobSource } from "@rat/executor-kit/sql-job";
import { identifier, quoted } from "./quoted.ts";

const LAYERS = ["bronze", "silver", "gold"] as const;
const TABLE = /^([a-z][a-z0-9_-]{0,62})\.parquet$/;
/** More views than these would cost more than the query. */
const MAX_VIEWS = 2000;
const BYTES_LOOKED_AT = 4096;
const READERS = { csv: "read_csv", json: "read_json", parquet: "read_parquet" } as const;

/** Shows the files of the namespace as `<layer>.<name>`, and the sources by their names. */
export async function createViews(
  connection: DuckDBConnection,
  job: SqlJob,
  say: (line: string) => void,
): Promise<void> {
  const found: string[] = [];
  for (const layer of LAYERS) {
    await connection.run(`CREATE SCHEMA ${layer}`);
    for (const name of tablesIn(join(job.namespaceFolder, layer)).slice(0, MAX_VIEWS)) {
      const file = quoted(join(job.namespaceFolder, layer, `${name}.parquet`));
      try {
        await connection.run(
          `CREATE VIEW ${layer}.${identifier(name)} AS SELECT * FROM read_parquet(${file})`,
        );
        found.push(`${layer}.${name}`);
      } catch (error) {
        // A file that another pipeline broke must not fail queries that do not read it.
        say(`cannot read ${layer}/${name}.parquet: ${error instanceof Error ? error.message : "?"}`);
      }
    }
  }
  for (const source of job.sources) {
    await createSource(connection, source);
    found.push(source.name);
  }
  say(found.length === 0 ? "tables: none yet" : `tables: ${found.join(", ").slice(0, 4000)}`);
}

async function createSource(connection: DuckDBConnection, source: SqlJobSource): Promise<void> {
  const { name, file, format, encoding } = source;
  if (format === "csv") checkEncoding(source);
  const how = encoding === undefined ? "" : `, encoding = ${quoted(encoding)}`;
  const from = `${READERS[format]}(${quoted(file)}${how})`;
  try {
    await connection.run(`CREATE VIEW ${identifier(name)} AS SELECT * FROM ${from}`);
  } catch (error) {
    throw new Error(`source ${name}: ${error instanceof Error ? error.message : "cannot be read"}`, {
      cause: error,
    });
  }
}

/** Finds what the engine would read as other text than it is. @throws Error that says what to do. */
function checkEncoding({ name, file, encoding }: SqlJobSource): void {
  const head = Buffer.alloc(BYTES_LOOKED_AT);
  const fd = openSync(file, "r");
  try {
    const start = head.subarray(0, readSync(fd, head));
    if (start[0] === 0xfe && start[1] === 0xff) {
      throw new Error(
        `source ${name}: is UTF-16 with the high byte first, which cannot be read: store it as UTF-8`,
      );
    }
    if (encoding === undefined && start.includes(0)) {
      throw new Error(
        `source ${name}: holds zero bytes, as UTF-16 does: give the source the encoding utf-16, ` +
          "or utf-8 when they are meant",
      );
    }
  } finally {
    closeSync(fd);
  }
}

function tablesIn(folder: string): readonly string[] {
  try {
    // A link could lead anywhere.
    if (!lstatSync(folder).isDirectory()) return [];
    return readdirSync(folder, { withFileTypes: true })
      .flatMap((entry) => (entry.isFile() ? (TABLE.exec(entry.name)?.[1] ?? []) : []))
      .toSorted();
  } catch {
    return [];
  }
}
