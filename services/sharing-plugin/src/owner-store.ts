import { PluginError, type SharedResource, type TransferInput } from "@rat/plugin-sdk";
import { inSchema, type Queryable } from "@rat/plugin-postgres";

interface OwnerRow {
  readonly owner_id: string;
  readonly previous_owner_id: string;
}

/** Owners in PostgreSQL, as far as transfers told of them. */
export class OwnerStore {
  readonly #database: Queryable;
  readonly #schema: string;

  constructor(database: Queryable, schema: string) {
    this.#database = database;
    this.#schema = schema;
  }

  /** Forgets who owned a resource that is gone: the first transfer of a new one is believed again. */
  async forget({ resourceType, resourceId }: SharedResource): Promise<void> {
    await this.#database.query(
      inSchema(this.#schema, "DELETE FROM @schema.owners WHERE resource_type = $1 AND resource_id = $2"),
      [resourceType, resourceId],
    );
  }

  /**
   * Gives a resource a new owner, by compare-and-set. Nobody told this plugin who made a resource, so its first
   * transfer is believed; the last transfer once more changes nothing.
   *
   * @throws PluginError `failed_precondition` when `fromUserId` is not the owner.
   */
  async transfer({ resourceType, resourceId, fromUserId, toUserId }: TransferInput): Promise<void> {
    const changed = await this.#database.query(
      // The row is locked while its owner is compared, and compared anew after a wait for the lock.
      inSchema(
        this.#schema,
        `INSERT INTO @schema.owners AS known (resource_type, resource_id, previous_owner_id, owner_id)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (resource_type, resource_id) DO UPDATE
         SET previous_owner_id = excluded.previous_owner_id, owner_id = excluded.owner_id,
             transferred_at = excluded.transferred_at
         WHERE known.owner_id = excluded.previous_owner_id
         RETURNING 1`,
      ),
      [resourceType, resourceId, fromUserId, toUserId],
    );
    if (changed.length > 0) return;
    const [known] = await this.#database.query<OwnerRow>(
      inSchema(
        this.#schema,
        `SELECT owner_id, previous_owner_id FROM @schema.owners WHERE resource_type = $1 AND resource_id = $2`,
      ),
      [resourceType, resourceId],
    );
    if (known?.owner_id === toUserId && known.previous_owner_id === fromUserId) return;
    throw new PluginError("failed_precondition", `${fromUserId} is not the owner; nothing was changed`);
  }
}
