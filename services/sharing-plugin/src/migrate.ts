import { createHash } from "node:crypto";
import { inSchema, type Database } from "@rat/plugin-postgres";
import { MIGRATIONS } from "./migrations.ts";

/**
 * Brings the tables of a schema up to date, all in one transaction and behind a lock of that transaction: of many
 * starters one migrates, the others find it done. Names what was applied.
 *
 * @throws Error when a migration was edited after it had been applied.
 */
export async function migrate(database: Database, schema: string): Promise<readonly string[]> {
  return database.transaction(async (transaction) => {
    // A lock of the transaction: through a pool, one of the session could not be released for certain.
    await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('rat sharing ' || $1, 0))", [
      schema,
    ]);
    const [present] = await transaction.query<{ present: boolean }>(
      "SELECT to_regclass($1) IS NOT NULL AS present",
      [inSchema(schema, "@schema.migrations")],
    );
    if (present?.present !== true) {
      const made = await transaction.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema]);
      // IF NOT EXISTS would ask for the right to make schemas even where there is nothing to make.
      if (made.length === 0) await transaction.query(inSchema(schema, "CREATE SCHEMA @schema"));
      await transaction.query(
        inSchema(
          schema,
          `CREATE TABLE @schema.migrations (
             name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
        ),
      );
    }
    const rows = await transaction.query<{ name: string; checksum: string }>(
      inSchema(schema, "SELECT name, checksum FROM @schema.migrations"),
    );
    const known = new Map(rows.map(({ name, checksum }) => [name, checksum]));
    const applied: string[] = [];
    for (const { name, sql } of MIGRATIONS) {
      const checksum = createHash("sha256").update(sql).digest("hex");
      const before = known.get(name);
      if (before === checksum) continue;
      if (before !== undefined) throw new Error(`migration ${name} was changed after it had been applied`);
      await transaction.query(inSchema(schema, sql));
      await transaction.query(
        inSchema(schema, "INSERT INTO @schema.migrations (name, checksum) VALUES ($1, $2)"),
        [name, checksum],
      );
      applied.push(name);
    }
    return applied;
  });
}
