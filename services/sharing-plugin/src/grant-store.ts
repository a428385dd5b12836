import { inSchema, type Queryable } from "@rat/plugin-postgres";
import {
  PluginError,
  type Grant,
  type GranteeAccessInput,
  type GrantPage,
  type ListAccessInput,
  type SharedResource,
  type ShareInput,
} from "@rat/plugin-sdk";
import { GRANT_COLUMNS, grantOf, type GrantRow } from "./grant-row.ts";
import { pageToken, readPageToken } from "./page-token.ts";

/** In force by the clock of the database: those of callers and plugins may differ. */
const IN_FORCE = "current AND (expires_at IS NULL OR expires_at > now())";

/** A grant may run out between two statements of one share; more often than this it does not. */
const SHARE_ATTEMPTS = 5;
/** A longer list does not fit into one answer. */
const LIST_LIMIT = 10_000;
const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;
const CLEAN_BATCH = 1000;

/** Grants in PostgreSQL. Each change is one statement, so what was answered is committed. */
export class GrantStore {
  readonly #database: Queryable;
  readonly #schema: string;

  constructor(database: Queryable, schema: string) {
    this.#database = database;
    this.#schema = schema;
  }

  /**
   * Gives access, or changes the grant that the grantee has on the resource.
   *
   * @throws PluginError `invalid_argument` for an end that is not in the future.
   */
  async share(input: ShareInput): Promise<Grant> {
    const key = [input.resourceType, input.resourceId, input.granteeType, input.granteeId];
    const values = [...key, input.permission, input.grantorId, input.expiresAt?.toISOString() ?? null];
    for (let attempt = 0; attempt < SHARE_ATTEMPTS; attempt++) {
      const [row] = await this.#query<GrantRow>(
        // The index decides between callers at the same time: one inserts, the others change its row. The last
        // condition leaves a row that has run out alone: that grant has ended, and this is a new one.
        `INSERT INTO @schema.shares AS share
           (resource_type, resource_id, grantee_type, grantee_id, permission, granted_by, expires_at)
         SELECT $1, $2, $3, $4, $5, $6, $7::timestamptz
         WHERE $7::timestamptz IS NULL OR $7::timestamptz > clock_timestamp()
         ON CONFLICT (resource_type, resource_id, grantee_type, grantee_id) WHERE current
         DO UPDATE SET permission = excluded.permission, expires_at = excluded.expires_at
         WHERE share.expires_at IS NULL OR share.expires_at > now()
         RETURNING ${GRANT_COLUMNS}`,
        values,
      );
      if (row !== undefined) return grantOf(row);
      await this.#requireFuture(input.expiresAt);
      await this.#query(
        `UPDATE @schema.shares SET current = false
         WHERE resource_type = $1 AND resource_id = $2 AND grantee_type = $3 AND grantee_id = $4
           AND current AND expires_at <= now()`,
        key,
      );
    }
    throw new PluginError("unavailable", "the grant kept running out while it was being changed; try again");
  }

  /** Takes a grant back. Answers whether it was in force. */
  async revoke(grantId: string, revokedBy: string): Promise<boolean> {
    const rows = await this.#query(
      `UPDATE @schema.shares SET current = false, revoked_by = $2, revoked_at = clock_timestamp()
       WHERE grant_id = $1 AND ${IN_FORCE} RETURNING 1`,
      [grantId, revokedBy],
    );
    return rows.length > 0;
  }

  /** Takes back every grant on a resource that is gone. Answers how many were in force. */
  async forget({ resourceType, resourceId }: SharedResource, removedBy: string): Promise<number> {
    const rows = await this.#query(
      `UPDATE @schema.shares SET current = false, revoked_by = $3, revoked_at = clock_timestamp()
       WHERE resource_type = $1 AND resource_id = $2 AND ${IN_FORCE} RETURNING 1`,
      [resourceType, resourceId, removedBy],
    );
    return rows.length;
  }

  /**
   * The grants on a resource, oldest first.
   *
   * @throws PluginError `resource_exhausted` when there are more than fit into an answer.
   */
  async list({ resourceType, resourceId, includeEnded }: ListAccessInput): Promise<readonly Grant[]> {
    const rows = await this.#query<GrantRow>(
      `SELECT ${GRANT_COLUMNS} FROM @schema.shares
       WHERE resource_type = $1 AND resource_id = $2 AND ($3 OR (${IN_FORCE}))
       ORDER BY seq LIMIT $4`,
      [resourceType, resourceId, includeEnded, LIST_LIMIT + 1],
    );
    if (rows.length > LIST_LIMIT) {
      throw new PluginError("resource_exhausted", `more than ${LIST_LIMIT} grants are on this resource`);
    }
    return rows.map(grantOf);
  }

  /** A grant by its id, in force or ended. @throws PluginError `not_found`. */
  async get(grantId: string): Promise<Grant> {
    const [row] = await this.#query<GrantRow>(
      `SELECT ${GRANT_COLUMNS} FROM @schema.shares WHERE grant_id = $1`,
      [grantId],
    );
    if (row === undefined) throw new PluginError("not_found", "there is no grant of this id");
    return grantOf(row);
  }

  /** One page of the grants in force that reach a person, oldest first. */
  async listOf(input: GranteeAccessInput): Promise<GrantPage> {
    const roles = input.roles.toSorted();
    const question = [input.userId, input.resourceType, ...roles];
    const after = readPageToken(input.pageToken, question);
    const size = Math.min(input.pageSize || DEFAULT_PAGE, MAX_PAGE);
    const rows = await this.#query<GrantRow>(
      `SELECT ${GRANT_COLUMNS} FROM @schema.shares
       WHERE ${IN_FORCE} AND seq > $4 AND ($3 = '' OR resource_type = $3)
         AND ((grantee_type = 'user' AND grantee_id = $1)
           OR (grantee_type = 'role' AND grantee_id = ANY ($2::text[])))
       ORDER BY seq LIMIT $5`,
      [input.userId, roles, input.resourceType, after, size + 1],
    );
    const page = rows.slice(0, size);
    const last = page.at(-1);
    const more = rows.length > size && last !== undefined;
    return { grants: page.map(grantOf), nextPageToken: more ? pageToken(last.seq, question) : "" };
  }

  /** Deletes some of the grants that ended so long ago. Answers whether there may be more. */
  async clean(historyDays: number): Promise<boolean> {
    const rows = await this.#query(
      `DELETE FROM @schema.shares WHERE seq IN (
         SELECT seq FROM @schema.shares
         WHERE LEAST(revoked_at, expires_at) < now() - make_interval(days => $1)
         ORDER BY LEAST(revoked_at, expires_at) LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING 1`,
      [historyDays, CLEAN_BATCH],
    );
    return rows.length === CLEAN_BATCH;
  }

  async #requireFuture(expiresAt: Date | undefined): Promise<void> {
    if (expiresAt === undefined) return;
    const [row] = await this.#query<{ future: boolean }>(
      "SELECT $1::timestamptz > clock_timestamp() AS future",
      [expiresAt.toISOString()],
    );
    if (row?.future !== true) throw new PluginError("invalid_argument", "expires_at: must lie in the future");
  }

  #query<Row extends object>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return this.#database.query<Row>(inSchema(this.#schema, sql), values);
  }
}
