import { RatError } from "../errors.ts";
import { parsePipelineId } from "../pipeline-id.ts";
import type { Database, Queryable } from "../platform/database/database.ts";
import type { Schema } from "../schema/schema.ts";
import type { Resource } from "../slots/sharing/sharing.ts";

/** A change of owner. */
export interface OwnerChange {
  /** Who must be the owner; undefined: whoever is. */
  readonly from: string | undefined;
  readonly to: string;
  readonly by: string;
}

/** Where the owner of a kind of thing stands: a row that `$1, $2, $3` choose. */
interface OwnerRow {
  readonly keys: (id: string) => readonly string[] | undefined;
  readonly read: string;
  readonly write: string;
}

const OWNER_ROWS: Readonly<Record<string, OwnerRow>> = {
  namespace: {
    keys: (id) => [id],
    read: "SELECT owner FROM namespaces WHERE name = $1 FOR UPDATE",
    write: "UPDATE namespaces SET owner = $2, updated_at = clock_timestamp() WHERE name = $1",
  },
  pipeline: {
    keys: (id) => {
      const name = parsePipelineId(id);
      return name && [name.namespace, name.layer, name.name];
    },
    read: `SELECT owner FROM pipelines
            WHERE namespace = $1 AND layer = $2 AND name = $3 AND deleted_at IS NULL FOR UPDATE`,
    write: `UPDATE pipelines SET owner = $4, updated_at = clock_timestamp()
             WHERE namespace = $1 AND layer = $2 AND name = $3 AND deleted_at IS NULL`,
  },
};

/** The owners of namespaces and pipelines, which ratd keeps. */
export class Owners {
  readonly #database: Database;
  readonly #schema: Schema;

  constructor(deps: { readonly database: Database; readonly schema: Schema }) {
    this.#database = deps.database;
    this.#schema = deps.schema;
  }

  /** @throws RatError not_found for a thing of a kind that ratd keeps, when there is none of the id */
  async demandExisting(resource: Resource): Promise<void> {
    await this.#schema.ready();
    await this.#database.transaction((transaction) => ownerOf(transaction, resource));
  }

  /**
   * Changes the owner: `agree` first, which asks the sharing slot, then the row, under its lock. Both may be repeated.
   *
   * @throws RatError conflict when the owner is another one; not_found
   */
  async transfer(
    resource: Resource,
    { from, to, by }: OwnerChange,
    agree: (from: string) => Promise<boolean>,
  ): Promise<void> {
    await this.#schema.ready();
    await this.#database.transaction(async (transaction) => {
      const owner = await ownerOf(transaction, resource);
      const present = from ?? owner ?? by;
      if (owner !== undefined && owner !== present) throw notTheOwner(present);
      if (!(await agree(present))) throw notTheOwner(present);
      const row = rowOf(resource);
      if (row !== undefined) await transaction.query(row.write, [...row.values, to]);
    });
  }
}

/** The owner of a thing; undefined for kinds whose owners ratd does not keep. */
async function ownerOf(transaction: Queryable, resource: Resource): Promise<string | undefined> {
  const row = rowOf(resource);
  if (row === undefined) return undefined;
  const [found] = await transaction.query<{ owner: string }>(row.read, row.values);
  if (found !== undefined) return found.owner;
  throw new RatError("not_found", `There is no ${resource.resourceType} "${resource.resourceId}".`);
}

function rowOf({ resourceType, resourceId }: Resource) {
  const row = Object.hasOwn(OWNER_ROWS, resourceType) ? OWNER_ROWS[resourceType] : undefined;
  if (row === undefined) return undefined;
  const values = row.keys(resourceId);
  if (values !== undefined) return { ...row, values };
  throw new RatError("not_found", `There is no ${resourceType} "${resourceId}".`);
}

function notTheOwner(userId: string): RatError {
  return new RatError("conflict", `${userId} is not the owner; read the resource again.`);
}
