import { RatError } from "../errors.ts";
import type { Queryable } from "../platform/database/database.ts";
import type { Layer, PipelineName } from "../pipeline-id.ts";
import type { PageOfRows, Storage } from "../pipelines/storage.ts";
import type { TriggerKind, TriggerOwner, TriggerRecord, TriggerSetting } from "./trigger.ts";
import { shownConfig, unreadableReason } from "./unreadable.ts";

/** A row of the query below. */
interface TriggerRow extends Omit<TriggerRecord, "pipeline" | "setting" | "readable">, PipelineName {
  readonly kind: TriggerKind;
  /** As it is stored. */
  readonly config: unknown;
}

// What an upstream trigger would run into is said before it is tried: its fires happen inside the database.
const SELECT = `SELECT t.id, p.namespace, p.layer, p.name, t.kind, t.config, t.paused, t.next_fire_at AS "nextFireAt",
  t.last_fired_at AS "lastFiredAt", t.last_run_id AS "lastRunId",
  CASE WHEN t.kind <> 'upstream' OR t.last_error <> '' THEN t.last_error
       WHEN u.deleted_at IS NOT NULL THEN 'the upstream pipeline was removed'
       WHEN p.published_version IS NULL THEN 'no published version'
       ELSE '' END AS "lastError",
  t.created_by AS "createdBy", t.created_at AS "createdAt", t.updated_at AS "updatedAt", clock_timestamp() AS now
  FROM triggers t
  JOIN pipelines p ON p.id = t.pipeline_id AND p.deleted_at IS NULL
  LEFT JOIN pipelines u ON u.id = t.upstream_pipeline_id`;

/** Which triggers a list shows. */
export interface TriggerFilter {
  readonly namespace: string | undefined;
  readonly layer: Layer | undefined;
  /** Name of the pipeline. */
  readonly name: string | undefined;
  readonly kind: TriggerKind | undefined;
  readonly paused: boolean | undefined;
}

/** What is stored of a trigger besides its identity. */
export interface TriggerValues {
  readonly setting: TriggerSetting;
  readonly paused: boolean;
  readonly nextFireAt: Date | null;
  /** Internal id of the pipeline whose success fires. */
  readonly upstream: string | null;
}

/** A new trigger. */
export interface NewTrigger extends TriggerValues, TriggerOwner {
  readonly id: string;
  /** Internal id of the pipeline. */
  readonly pipeline: string;
  readonly tokenHash: Uint8Array | null;
}

/** The SQL of triggers as they are shown and changed. */
export class TriggerStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** By id; one more than `limit`. */
  async list(filter: TriggerFilter, { limit, after }: PageOfRows): Promise<readonly TriggerRecord[]> {
    await this.#storage.schema.ready();
    const rows = await this.#storage.database.query<TriggerRow>(
      `${SELECT}
        WHERE ($1::text IS NULL OR p.namespace = $1) AND ($2::text IS NULL OR p.layer = $2)
          AND ($3::text IS NULL OR p.name = $3) AND ($4::text IS NULL OR t.kind = $4)
          AND ($5::boolean IS NULL OR t.paused = $5) AND ($6::text IS NULL OR t.id > $6)
        ORDER BY t.id LIMIT $7`,
      [
        ...[filter.namespace, filter.layer, filter.name, filter.kind, filter.paused].map(
          (value) => value ?? null,
        ),
        after?.[0] ?? null,
        limit + 1,
      ],
    );
    return rows.map(parseRow);
  }

  /** @throws RatError not_found */
  async get(id: string): Promise<TriggerRecord> {
    await this.#storage.schema.ready();
    return readTrigger(this.#storage.database, id);
  }

  /** Runs `work` on a trigger that nobody else changes meanwhile, and the internal id of its pipeline. @throws RatError not_found */
  async change<Result>(
    id: string,
    work: (transaction: Queryable, trigger: TriggerRecord, pipeline: string) => Promise<Result>,
  ): Promise<Result> {
    await this.#storage.schema.ready();
    return this.#storage.database.transaction(async (transaction) => {
      const [row] = await transaction.query<{ pipeline: string }>(
        "SELECT pipeline_id AS pipeline FROM triggers WHERE id = $1 FOR UPDATE",
        [id],
      );
      return work(transaction, await readTrigger(transaction, id), row?.pipeline ?? "");
    });
  }

  /** @throws RatError not_found */
  async remove(id: string): Promise<void> {
    await this.#storage.schema.ready();
    const rows = await this.#storage.database.query("DELETE FROM triggers WHERE id = $1 RETURNING id", [id]);
    if (rows.length === 0) throw noTrigger(id);
  }
}

/** Reads one trigger. @throws RatError not_found */
export async function readTrigger(database: Queryable, id: string): Promise<TriggerRecord> {
  const [row] = await database.query<TriggerRow>(`${SELECT} WHERE t.id = $1`, [id]);
  if (row === undefined) throw noTrigger(id);
  return parseRow(row);
}

/** Stores a new trigger. */
export async function insertTrigger(transaction: Queryable, trigger: NewTrigger): Promise<void> {
  await transaction.query(
    `INSERT INTO triggers (id, pipeline_id, kind, config, paused, next_fire_at, upstream_pipeline_id, event_type,
                           token_hash, created_by, identified, roles)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      trigger.id,
      trigger.pipeline,
      trigger.setting.kind,
      ...valuesOf(trigger),
      trigger.tokenHash === null ? null : Buffer.from(trigger.tokenHash),
      trigger.by,
      trigger.identified,
      trigger.roles,
    ],
  );
}

/** Changes what a trigger was told. Whoever does so is the one in whose name its runs are from now on. */
export async function updateTrigger(
  transaction: Queryable,
  id: string,
  values: TriggerValues,
  { by, identified, roles }: TriggerOwner,
): Promise<void> {
  await transaction.query(
    `UPDATE triggers
        SET config = $2, paused = $3, next_fire_at = $4, upstream_pipeline_id = $5, event_type = $6, created_by = $7,
            identified = $8, roles = $9, unreadable = false, last_error = '', updated_at = clock_timestamp()
      WHERE id = $1`,
    [id, ...valuesOf(values), by, identified, roles],
  );
}

function valuesOf({ setting, paused, nextFireAt, upstream }: TriggerValues): readonly unknown[] {
  const eventType = setting.kind === "event" ? setting.config.event : null;
  return [JSON.stringify(setting.config), paused, nextFireAt, upstream, eventType];
}

function noTrigger(id: string): RatError {
  return new RatError("not_found", `There is no trigger "${id}".`);
}

function parseRow({ namespace, layer, name, kind, config, ...rest }: TriggerRow): TriggerRecord {
  const unreadable = unreadableReason(kind, config);
  return {
    ...rest,
    pipeline: { namespace, layer, name },
    // One that cannot be read is shown as it is, and used for nothing.
    setting: { kind, config: shownConfig(config) } as unknown as TriggerSetting,
    readable: unreadable === "",
    lastError: unreadable === "" ? rest.lastError : unreadable,
  };
}
