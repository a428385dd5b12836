import type { Database, Queryable } from "../platform/database/database.ts";
import type { Plugin } from "./plugin.ts";

const COLUMNS = `name, source, slot, image, address, registered_at AS "registeredAt", updated_at AS "updatedAt",
  removed_at AS "removedAt"`;

/** The SQL of the plugin records: registrations only, health is written by the health history. */
export class PluginRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  load(): Promise<readonly Plugin[]> {
    return this.#database.query<Plugin>(`SELECT ${COLUMNS} FROM plugins ORDER BY name`);
  }

  /** Writes the records in one transaction. Writing them twice is the same as once. */
  async write(plugins: readonly Plugin[]): Promise<void> {
    if (plugins.length === 0) return;
    await this.#database.transaction((transaction) => upsert(transaction, plugins));
  }
}

async function upsert(transaction: Queryable, plugins: readonly Plugin[]): Promise<void> {
  // Rows in the order of their names: two replicas that write the same rows then wait for each other, not deadlock.
  const rows = plugins.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  await transaction.query(
    `INSERT INTO plugins (name, source, slot, image, address, registered_at, updated_at, removed_at,
                          status, message, status_since)
     SELECT *, 'unknown', '', updated_at
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
                   $8::timestamptz[])
         AS given (name, source, slot, image, address, registered_at, updated_at, removed_at)
     ON CONFLICT (name) DO UPDATE SET
       source = excluded.source, slot = excluded.slot, image = excluded.image, address = excluded.address,
       registered_at = least(plugins.registered_at, excluded.registered_at),
       updated_at = excluded.updated_at, removed_at = excluded.removed_at`,
    [
      rows.map((row) => row.name),
      rows.map((row) => row.source),
      rows.map((row) => row.slot),
      rows.map((row) => row.image),
      rows.map((row) => row.address),
      rows.map((row) => row.registeredAt),
      rows.map((row) => row.updatedAt),
      rows.map((row) => row.removedAt),
    ],
  );
}
