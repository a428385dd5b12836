import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { RatError } from "../../errors.ts";
import type { Database, Queryable } from "./database.ts";

/** What a migration run did. */
export interface MigrationResult {
  /** Files applied now, in order. */
  readonly applied: readonly string[];
  /** Applied earlier by a newer ratd; this one runs beside it. */
  readonly newer: readonly string[];
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface AppliedRow {
  readonly name: string;
  readonly checksum: string;
}

const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/;
// Any constant of our own: whoever migrates this database takes the same one.
const LOCK_KEY = 7_280_001;
// A waiting starter waits for the one that migrates.
const STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Applies the files `NNNN_name.sql` of a directory that the database does not have, all in one transaction and
 * behind a lock of that transaction: of many starters one migrates, the others find it done.
 *
 * @throws RatError internal when a file was changed after it was applied, was added below one that was, or fails
 */
export async function migrate(database: Database, directory: string): Promise<MigrationResult> {
  const migrations = await readMigrations(directory);
  return database.transaction(
    async (transaction) => {
      await transaction.query("SELECT pg_advisory_xact_lock($1)", [LOCK_KEY]);
      await transaction.query(
        `CREATE TABLE IF NOT EXISTS rat_migrations (
           name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
      );
      const rows = await transaction.query<AppliedRow>(
        "SELECT name, checksum FROM rat_migrations ORDER BY name",
      );
      const pending = pendingMigrations(migrations, rows);
      for (const migration of pending) await apply(transaction, migration);
      const known = new Set(migrations.map((migration) => migration.name));
      return {
        applied: pending.map((migration) => migration.name),
        newer: rows.map((row) => row.name).filter((name) => !known.has(name)),
      };
    },
    { statementTimeoutMs: STATEMENT_TIMEOUT_MS },
  );
}

function pendingMigrations(
  migrations: readonly Migration[],
  rows: readonly AppliedRow[],
): readonly Migration[] {
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  const newest = rows.at(-1)?.name ?? "";
  return migrations.filter((migration) => {
    const checksum = applied.get(migration.name);
    if (checksum === undefined) {
      if (migration.name < newest)
        throw wrong(migration.name, `was added below ${newest}, which is applied already`);
      return true;
    }
    if (checksum !== migration.checksum) throw wrong(migration.name, "was changed after it had been applied");
    return false;
  });
}

function wrong(name: string, what: string): RatError {
  return new RatError(
    "internal",
    `Migration ${name} ${what}. Migrations are only ever appended: restore the file, or use a ratd of the version that the database has.`,
  );
}

async function apply(transaction: Queryable, migration: Migration): Promise<void> {
  try {
    await transaction.query(migration.sql);
  } catch (error) {
    if (error instanceof RatError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RatError("internal", `Migration ${migration.name} failed and was undone: ${reason}.`, {
      cause: error,
    });
  }
  await transaction.query("INSERT INTO rat_migrations (name, checksum) VALUES ($1, $2)", [
    migration.name,
    migration.checksum,
  ]);
}

async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => FILE_NAME.test(name)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      // Line ends may differ with the checkout.
      const sql = (await readFile(join(directory, name), "utf8")).replaceAll("\r\n", "\n");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}
