import { RatError } from "../errors.ts";
import type { Queryable } from "../platform/database/database.ts";
import type { Namespace } from "./pipeline.ts";
import { refusedAs, type PageOfRows, type Storage } from "./storage.ts";

const COLUMNS = `name, description, owner, max_running AS "maxRunning", created_at AS "createdAt",
  updated_at AS "updatedAt"`;

/** What can be changed of a namespace; undefined leaves it. */
export interface NamespaceChange {
  readonly description: string | undefined;
  readonly maxRunning: number | null | undefined;
}

/** The SQL of namespaces. */
export class NamespaceStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** By name; one more than `limit`, so that the caller sees whether there are others. */
  async list({ limit, after }: PageOfRows): Promise<readonly Namespace[]> {
    await this.#storage.schema.ready();
    return this.#storage.database.query<Namespace>(
      `SELECT ${COLUMNS} FROM namespaces WHERE $1::text IS NULL OR name > $1 ORDER BY name LIMIT $2`,
      [after?.[0] ?? null, limit + 1],
    );
  }

  /** @throws RatError not_found */
  async get(name: string): Promise<Namespace> {
    await this.#storage.schema.ready();
    return found(
      name,
      await this.#storage.database.query<Namespace>(`SELECT ${COLUMNS} FROM namespaces WHERE name = $1`, [
        name,
      ]),
    );
  }

  /** @throws RatError conflict when the name is taken */
  async create(name: string, owner: string, change: NamespaceChange): Promise<Namespace> {
    await this.#storage.schema.ready();
    const taken = new RatError("conflict", `There is a namespace "${name}" already.`);
    return refusedAs("unique", taken, async () =>
      found(
        name,
        await this.#storage.database.query<Namespace>(
          `INSERT INTO namespaces (name, description, owner, max_running) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
          [name, change.description ?? "", owner, change.maxRunning ?? null],
        ),
      ),
    );
  }

  /** @throws RatError not_found */
  async update(name: string, { description, maxRunning }: NamespaceChange): Promise<Namespace> {
    await this.#storage.schema.ready();
    return found(
      name,
      await this.#storage.database.query<Namespace>(
        `UPDATE namespaces
            SET description = coalesce($2, description), max_running = CASE WHEN $3 THEN $4 ELSE max_running END,
                updated_at = clock_timestamp()
          WHERE name = $1 RETURNING ${COLUMNS}`,
        [name, description ?? null, maxRunning !== undefined, maxRunning ?? null],
      ),
    );
  }

  /**
   * Removes a namespace without pipelines, and what is left of those that were removed before. `removeFiles` is asked
   * to take its empty folder away, and refuses while there are files.
   *
   * @throws RatError not_found, conflict
   */
  async remove(name: string, removeFiles: () => Promise<void>): Promise<void> {
    if (name === "default") throw new RatError("conflict", 'The namespace "default" cannot be removed.');
    await this.#storage.schema.ready();
    // A pipeline that is just being made holds a lock on the row of its namespace.
    await this.#storage.database.transaction(async (transaction) => {
      found(name, await transaction.query("SELECT 1 FROM namespaces WHERE name = $1 FOR UPDATE", [name]));
      await refuseWhileUsed(transaction, name);
      await removeFiles();
      for (const statement of REMOVE) await transaction.query(statement, [name]);
    });
  }
}

/** Removed pipelines keep their rows for the runs that show them; they go with their namespace. */
const REMOVE = [
  "DELETE FROM triggers t USING pipelines p WHERE p.namespace = $1 AND p.id IN (t.pipeline_id, t.upstream_pipeline_id)",
  "DELETE FROM pipeline_publications x USING pipelines p WHERE p.namespace = $1 AND x.pipeline_id = p.id",
  "DELETE FROM pipeline_versions x USING pipelines p WHERE p.namespace = $1 AND x.pipeline_id = p.id",
  "DELETE FROM pipelines WHERE namespace = $1",
  "DELETE FROM namespaces WHERE name = $1",
];

async function refuseWhileUsed(transaction: Queryable, name: string): Promise<void> {
  const [used] = await transaction.query<{ pipelines: number; runs: boolean }>(
    `SELECT (SELECT count(*) FROM pipelines WHERE namespace = $1 AND deleted_at IS NULL)::int AS pipelines,
            EXISTS (SELECT 1 FROM runs WHERE namespace = $1 AND state IN ('pending', 'running')) AS runs`,
    [name],
  );
  if (used !== undefined && used.pipelines > 0) {
    throw new RatError(
      "conflict",
      `The namespace "${name}" has ${used.pipelines} pipelines; remove them first.`,
    );
  }
  if (used?.runs === true)
    throw new RatError("conflict", `The namespace "${name}" has runs that have not ended.`);
}

function found<Row>(name: string, [row]: readonly Row[]): Row {
  if (row === undefined) throw new RatError("not_found", `There is no namespace "${name}".`);
  return row;
}
