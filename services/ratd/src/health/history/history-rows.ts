import type { Database, Queryable } from "../../platform/database/database.ts";
import type { HealthEvent, HealthRecord } from "./health-record.ts";
import type { HistoryBatch } from "./history-state.ts";

// Rows that a plugin's history keeps, and how far it may grow beyond before it is cut.
const KEPT_EVENTS = 1_000;
const PRUNE_EVERY = 50;

const COLUMNS = `name AS plugin, status, message, version, last_health AS "lastHealth", status_since AS "statusSince"`;

/** The SQL of the health history. The rows of plugins are made by the plugin store. */
export class HistoryRows {
  readonly #database: Database;
  /** Changes written since the last cut, by plugin. */
  readonly #grown = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  load(): Promise<readonly HealthRecord[]> {
    return this.#database.query<HealthRecord>(`SELECT ${COLUMNS} FROM plugins ORDER BY name`);
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
  async write(batch: HistoryBatch): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      if (batch.records.length > 0) await updatePlugins(transaction, batch.records);
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

async function updatePlugins(transaction: Queryable, records: readonly HealthRecord[]): Promise<void> {
  const names = records.map(({ plugin }) => plugin);
  // Locked in the order of their names: two replicas that write the same rows then wait for each other, not deadlock.
  await transaction.query("SELECT 1 FROM plugins WHERE name = ANY ($1) ORDER BY name FOR UPDATE", [names]);
  await transaction.query(
    `UPDATE plugins AS plugin
        SET status = given.status, message = given.message, version = given.version,
            last_health = given.last_health, status_since = given.status_since
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
         AS given (name, status, message, version, last_health, status_since)
      WHERE plugin.name = given.name`,
    [
      names,
      records.map((record) => record.status),
      records.map((record) => record.message),
      records.map((record) => record.version),
      records.map((record) => record.lastHealth),
      records.map((record) => record.statusSince),
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
