import { RatError } from "../../errors.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Schema } from "../../schema/schema.ts";

/** A key as it is shown: everything but the secret. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** The user in whose name it acts. */
  readonly userId: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly createdBy: string;
  readonly createdAt: Date;
  /** Null for a key that never ends. */
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly rotatedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
  /** Until when the secret before the last rotation works too. */
  readonly previousUntil: Date | null;
}

/** A key with what its secret is checked by. */
export interface StoredKey extends ApiKey {
  readonly hash: Uint8Array;
  readonly previousHash: Uint8Array | null;
  /** Whether it is neither revoked nor ended, by the clock of the database. */
  readonly live: boolean;
  /** Milliseconds until it ends, by that clock; null when it never does. */
  readonly remainingMs: number | null;
  /** Milliseconds for which the secret before works on; null without one. */
  readonly previousMs: number | null;
}

/** A key to make. */
export interface NewKey {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly name: string;
  readonly userId: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly createdBy: string;
  readonly expiresAt: Date | undefined;
}

const COLUMNS = `id, name, user_id AS "userId", roles, scopes, created_by AS "createdBy", created_at AS "createdAt",
  expires_at AS "expiresAt", last_used_at AS "lastUsedAt", rotated_at AS "rotatedAt", revoked_at AS "revokedAt",
  revoked_by AS "revokedBy", CASE WHEN previous_until > clock_timestamp() THEN previous_until END AS "previousUntil"`;

/** API keys in PostgreSQL. Whether a key lives is told by the clock of the database. */
export class KeyStore {
  readonly #database: Database;
  readonly #schema: Schema;

  constructor(deps: { readonly database: Database; readonly schema: Schema }) {
    this.#database = deps.database;
    this.#schema = deps.schema;
  }

  /** The key of this id with its hashes; undefined when there is none. @throws RatError database_unavailable */
  async find(id: string): Promise<StoredKey | undefined> {
    await this.#schema.ready();
    const [key] = await this.#database.query<StoredKey>(
      `SELECT ${COLUMNS}, hash, previous_hash AS "previousHash",
              revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp()) AS live,
              (extract(epoch FROM expires_at - clock_timestamp()) * 1000)::float8 AS "remainingMs",
              (extract(epoch FROM previous_until - clock_timestamp()) * 1000)::float8 AS "previousMs"
         FROM api_keys WHERE id = $1`,
      [id],
    );
    return key;
  }

  /** @throws RatError not_found */
  async get(id: string): Promise<ApiKey> {
    await this.#schema.ready();
    const [key] = await this.#database.query<ApiKey>(`SELECT ${COLUMNS} FROM api_keys WHERE id = $1`, [id]);
    if (key === undefined) throw noKey(id);
    return key;
  }

  /** Keys by id, of one user or of all; one more than `limit` tells that there are others. */
  async list(userId: string | undefined, after: string, limit: number): Promise<readonly ApiKey[]> {
    await this.#schema.ready();
    return this.#database.query<ApiKey>(
      `SELECT ${COLUMNS} FROM api_keys
        WHERE ($1::text IS NULL OR user_id = $1) AND id > $2 ORDER BY id LIMIT $3`,
      [userId ?? null, after, limit],
    );
  }

  /** Stores a new key. */
  async create(key: NewKey): Promise<ApiKey> {
    await this.#schema.ready();
    return insert(this.#database, key);
  }

  /**
   * Stores the first key with all scopes, after `publish`; false when there was one already. Of many that try at once,
   * one does it.
   */
  async createBootstrapKey(key: NewKey, publish: () => Promise<void>): Promise<boolean> {
    await this.#schema.ready();
    return this.#database.transaction(async (transaction) => {
      await transaction.query("LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE");
      if (await hasBootstrapKey(transaction)) return false;
      await insert(transaction, key);
      await publish();
      return true;
    });
  }

  /** Gives a live key another secret; the one before works on for `graceMs`. @throws RatError not_found, conflict */
  async rotate(id: string, hash: Uint8Array, graceMs: number): Promise<ApiKey> {
    const [key] = await this.#database.query<ApiKey>(
      `UPDATE api_keys
          SET previous_hash = CASE WHEN $3 > 0 THEN hash END,
              previous_until = CASE WHEN $3 > 0 THEN clock_timestamp() + $3 * interval '1 millisecond' END,
              hash = $2, rotated_at = clock_timestamp()
        WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
        RETURNING ${COLUMNS}`,
      [id, Buffer.from(hash), graceMs],
    );
    if (key !== undefined) return key;
    await this.get(id);
    throw new RatError("conflict", `The key ${id} was revoked or has ended; make a new one.`);
  }

  /** Ends a key at once; false when it was ended before. @throws RatError not_found */
  async revoke(id: string, by: string): Promise<boolean> {
    const [key] = await this.#database.query<{ id: string }>(
      `UPDATE api_keys SET revoked_at = clock_timestamp(), revoked_by = $2, previous_hash = NULL, previous_until = NULL
        WHERE id = $1 AND revoked_at IS NULL RETURNING id`,
      [id, by],
    );
    if (key !== undefined) return true;
    await this.get(id);
    return false;
  }

  /** Remembers that keys were used now, to the minute. */
  async used(ids: readonly string[]): Promise<void> {
    await this.#database.query(
      `UPDATE api_keys SET last_used_at = clock_timestamp()
        WHERE id = ANY ($1) AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')`,
      [ids],
    );
  }

  /** Whether there is any key that holds everything, dead or alive. */
  async hasBootstrapKey(): Promise<boolean> {
    await this.#schema.ready();
    return hasBootstrapKey(this.#database);
  }
}

async function hasBootstrapKey(database: Queryable): Promise<boolean> {
  const [row] = await database.query<{ found: boolean }>(
    "SELECT EXISTS (SELECT FROM api_keys WHERE '*' = ANY (scopes)) AS found",
  );
  return row?.found === true;
}

async function insert(database: Queryable, key: NewKey): Promise<ApiKey> {
  const [made] = await database.query<ApiKey>(
    `INSERT INTO api_keys (id, hash, name, user_id, roles, scopes, created_by, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${COLUMNS}`,
    [
      key.id,
      Buffer.from(key.hash),
      key.name,
      key.userId,
      key.roles,
      key.scopes,
      key.createdBy,
      key.expiresAt ?? null,
    ],
  );
  if (made === undefined) throw RatError.from(undefined);
  return made;
}

function noKey(id: string): RatError {
  return new RatError("not_found", `There is no key "${id}".`);
}
