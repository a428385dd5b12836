import type { Database, Queryable } from "../platform/database/database.ts";
import type { RegistryBatch } from "./registry-state.ts";
import type { HealthEvent, PluginRecord } from "./registry.ts";

// Rows that a plugin's history keeps, and how far it may grow beyond before it is cut.
const KEPT_EVENTS = 1_000;
const PRUNE_EVERY = 50;

const COLUMNS = `name, slot, image, address, status, message, version, last_health AS "lastHealth",
  status_since AS "statusSince", registered_at AS "registeredAt", updated_at AS "updatedAt",
  removed_at AS "removedAt"`;

/** The SQL of the registry. */
export class RegistryStore {
  readonly #database: Database;
  /** Changes written since the last cut, by plugin. */
  readonly #grown = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  load(): Promise<readonly PluginRecord[]> {
    return this.#database.query<PluginRecord>(`SELECT ${COLUMNS} FROM plugins ORDER BY name`);
  }

  /** Newest first. */
  history(plugin: string, limit: number): Promise<readonly HealthEvent[]> {
    return this.#database.query<HealthEvent>(
      `SELECT id, plugin, from_status AS "from", to_status AS "to", message, at
         FROM plugin_health_events WHERE plugin = $1 ORDER BY id DESC LIMIT $2`,
      [plugin, limit],
    );
  }

  /** Writes a batch in one transaction. Writing it twice is the same as once. */
  async write(batch: RegistryBatch): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      if (batch.plugins.length > 0) await upsertPlugins(transaction, batch.plugins);
      if (batch.events.length > 0) {
        await insertEvents(transaction, batch.events);
        await this.#prune(transaction, batch.events);
      }
    });
  }

  async #prune(transaction: Queryable, events: readonly HealthEvent[]): Promise<void> {
    const due: string[] = [];
    for (const { plugin } of events) {
      // A plugin not seen before may have come with a long history.
      const grown = (this.#grown.get(plugin) ?? PRUNE_EVERY - 1) + 1;
      this.#grown.set(plugin, grown);
      if (grown === PRUNE_EVERY) due.push(plugin);
    }
    if (due.length === 0) return;
    await transaction.query(
      `DELETE FROM plugin_health_events AS event
        USING unnest($1::text[]) AS due (plugin)
        WHERE event.plugin = due.plugin
          AND event.id <= (SELECT id FROM plugin_health_events AS newer WHERE newer.plugin = due.plugin
                            ORDER BY id DESC OFFSET $2 LIMIT 1)`,
      [due, KEPT_EVENTS],
    );
    for (const plugin of due) this.#grown.set(plugin, 0);
  }
}

async function upsertPlugins(transaction: Queryable, plugins: readonly PluginRecord[]): Promise<void> {
  // Rows in the order of their names: two ratd that write the same rows then wait for each other, not deadlock.
  const rows = plugins.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  await transaction.query(
    `INSERT INTO plugins (name, slot, image, address, status, message, version, last_health, status_since,
                          registered_at, updated_at, removed_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                          $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[],
                          $12::timestamptz[])
     ON CONFLICT (name) DO UPDATE SET
       slot = excluded.slot, image = excluded.image, address = excluded.address, status = excluded.status,
       message = excluded.message, version = excluded.version, last_health = excluded.last_health,
       status_since = excluded.status_since,
       registered_at = least(plugins.registered_at, excluded.registered_at),
       updated_at = excluded.updated_at, removed_at = excluded.removed_at`,
    [
      rows.map((row) => row.name),
      rows.map((row) => row.slot),
      rows.map((row) => row.image),
      rows.map((row) => row.address),
      rows.map((row) => row.status),
      rows.map((row) => row.message),
      rows.map((row) => row.version),
      rows.map((row) => row.lastHealth),
      rows.map((row) => row.statusSince),
      rows.map((row) => row.registeredAt),
      rows.map((row) => row.updatedAt),
      rows.map((row) => row.removedAt),
    ],
  );
}

async function insertEvents(transaction: Queryable, events: readonly HealthEvent[]): Promise<void> {
  await transaction.query(
    `INSERT INTO plugin_health_events (plugin, from_status, to_status, message, at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
     ON CONFLICT (plugin, at) DO NOTHING`,
    [
      events.map((event) => event.plugin),
      events.map((event) => event.from),
      events.map((event) => event.to),
      events.map((event) => event.message),
      events.map((event) => event.at),
    ],
  );
}
