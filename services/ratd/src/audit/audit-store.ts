import type { Database } from "../platform/database/database.ts";
import type { Schema } from "../schema/schema.ts";
import type { AuditRecord, ChainedRecord } from "./audit-record.ts";
import { filterConditions, type AuditFilter } from "./audit-filter.ts";
import type { Checkpoint } from "./checkpoint.ts";

/** A row as the driver gives it. */
interface Row extends Omit<ChainedRecord, "at" | "seq"> {
  readonly at: Date;
  readonly seq: string;
}

/** The place of a record in the order of time. */
export interface TimePlace {
  readonly at: string;
  readonly writer: string;
  readonly seq: string;
}

/** The place of a record in the order of the chains. */
export interface ChainPlace {
  readonly writer: string;
  readonly seq: number;
}

const COLUMNS = `writer, seq, at, actor, auth_mode, key_id, action, object_type, object_id, result, status, request_id,
  client, details, encode(previous_hash, 'hex') AS previous_hash, encode(hash, 'hex') AS hash`;

/** The tables of the audit log. Nothing in them is ever changed. */
export class AuditStore {
  readonly #database: Database;
  readonly #schema: Schema;

  constructor(deps: { readonly database: Database; readonly schema: Schema }) {
    this.#database = deps.database;
    this.#schema = deps.schema;
  }

  /** Adds records in one statement. Those that are there already stay: after an outage it may be asked once more. */
  async append(records: readonly ChainedRecord[]): Promise<void> {
    await this.#schema.ready();
    await this.#database.query(
      `INSERT INTO audit_log (writer, seq, at, actor, auth_mode, key_id, action, object_type, object_id, result, status,
                              request_id, client, details, previous_hash, hash)
       SELECT writer, seq, at, actor, auth_mode, key_id, action, object_type, object_id, result, status,
              request_id, client, details, decode(previous_hash, 'hex'), decode(hash, 'hex')
         FROM jsonb_to_recordset($1::jsonb) AS r(writer text, seq bigint, at timestamptz, actor text, auth_mode text,
              key_id text, action text, object_type text, object_id text, result text, status integer, request_id text,
              client text, details jsonb, previous_hash text, hash text)
       ON CONFLICT (writer, seq) DO NOTHING`,
      [JSON.stringify(records)],
    );
  }

  /** The newest records first, from behind a place on. */
  async newest(
    filter: AuditFilter,
    after: TimePlace | undefined,
    limit: number,
  ): Promise<readonly ChainedRecord[]> {
    return this.#select(filter, limit, "at DESC, writer DESC, seq DESC", (value) =>
      after === undefined
        ? []
        : [
            `(at, writer, seq) < (${value(after.at)}::timestamptz, ${value(after.writer)}, ${value(after.seq)}::bigint)`,
          ],
    );
  }

  /** The records chain after chain, each from its beginning, from behind a place on. */
  async inChains(
    filter: AuditFilter,
    after: ChainPlace | undefined,
    limit: number,
  ): Promise<readonly ChainedRecord[]> {
    return this.#select(filter, limit, "writer, seq", (value) =>
      after === undefined ? [] : [`(writer, seq) > (${value(after.writer)}, ${value(after.seq)}::bigint)`],
    );
  }

  /** The last record of a chain; undefined for an empty one. */
  async last(writer: string): Promise<Pick<ChainedRecord, "seq" | "hash"> | undefined> {
    await this.#schema.ready();
    const [row] = await this.#database.query<{ seq: string; hash: string }>(
      "SELECT seq, encode(hash, 'hex') AS hash FROM audit_log WHERE writer = $1 ORDER BY seq DESC LIMIT 1",
      [writer],
    );
    return row === undefined ? undefined : { seq: Number(row.seq), hash: row.hash };
  }

  /** Adds a checkpoint. */
  async addCheckpoint({ seal, key_id, writer, seq, hash, at, final, previous }: Checkpoint): Promise<void> {
    await this.#schema.ready();
    await this.#database.query(
      `INSERT INTO audit_checkpoints (seal, key_id, writer, seq, hash, at, final, previous)
       VALUES (decode($1, 'hex'), $2, $3, $4, decode($5, 'hex'), $6, $7, decode($8, 'hex')) ON CONFLICT DO NOTHING`,
      [seal, key_id, writer, seq, hash, at, final, previous],
    );
  }

  /** Every checkpoint, or those under one key, oldest first. */
  async checkpoints(keyId?: string): Promise<readonly Checkpoint[]> {
    await this.#schema.ready();
    const rows = await this.#database.query<Omit<Checkpoint, "seq" | "at"> & { seq: string; at: Date }>(
      `SELECT encode(seal, 'hex') AS seal, key_id, writer, seq, encode(hash, 'hex') AS hash, at, final,
              encode(previous, 'hex') AS previous
         FROM audit_checkpoints WHERE $1::text IS NULL OR key_id = $1 ORDER BY at, writer, seq`,
      [keyId ?? null],
    );
    return rows.map((row) => ({ ...row, seq: Number(row.seq), at: row.at.toISOString() }));
  }

  async #select(
    filter: AuditFilter,
    limit: number,
    order: string,
    place: (value: (value: unknown) => string) => readonly string[],
  ): Promise<readonly ChainedRecord[]> {
    await this.#schema.ready();
    const values: unknown[] = [];
    const value = (wanted: unknown) => `$${values.push(wanted)}`;
    const conditions = [...filterConditions(filter, value), ...place(value)];
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const rows = await this.#database.query<Row>(
      `SELECT ${COLUMNS} FROM audit_log ${where} ORDER BY ${order} LIMIT ${value(limit)}`,
      values,
    );
    return rows.map(recordOf);
  }
}

function recordOf(row: Row): ChainedRecord {
  const { previous_hash, hash, at, seq, ...rest } = row;
  // What ratd did not write may be no time at all, such as infinity.
  const time = at instanceof Date && !Number.isNaN(at.getTime()) ? at.toISOString() : String(at);
  const record: AuditRecord = { ...rest, seq: Number(seq), at: time };
  return { ...record, previous_hash, hash };
}
