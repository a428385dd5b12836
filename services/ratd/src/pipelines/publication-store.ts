import { RatError } from "../errors.ts";
import type { Queryable } from "../platform/database/database.ts";
import type { PipelineVersion, Publication } from "./pipeline.ts";
import { pipelineId, type PipelineName } from "../pipeline-id.ts";
import { lockPipeline, type Precondition } from "./pipeline-store.ts";
import type { PageOfRows, Storage } from "./storage.ts";
import { publish, versionOf, versionsOf } from "./version-store.ts";

/** What a decision about the version in force came to. */
export interface PublicationChange {
  /** The version in force before; null when there was none. */
  readonly from: number | null;
  /** The version in force now. */
  readonly to: number;
}

/** The SQL of versions and of which one is in force. */
export class PublicationStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Newest first; one more than `limit`. */
  async versions(name: PipelineName, { limit, after }: PageOfRows): Promise<readonly PipelineVersion[]> {
    await this.#storage.schema.ready();
    const before = after?.[0] === undefined ? undefined : Number(after[0]);
    return versionsOf(this.#storage.database, name, before, limit + 1);
  }

  /** @throws RatError not_found */
  async version(name: PipelineName, version: number): Promise<PipelineVersion> {
    await this.#storage.schema.ready();
    return versionOf(this.#storage.database, name, version);
  }

  /** Newest first; one more than `limit`. */
  async publications(name: PipelineName, { limit, after }: PageOfRows): Promise<readonly Publication[]> {
    await this.#storage.schema.ready();
    return this.#storage.database.query<Publication>(
      `SELECT x.id, x.version, x.action, x.by_user AS "byUser", x.at
         FROM pipelines p JOIN pipeline_publications x ON x.pipeline_id = p.id
        WHERE p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND p.deleted_at IS NULL
          AND ($4::bigint IS NULL OR x.id < $4)
        ORDER BY x.id DESC LIMIT $5`,
      [name.namespace, name.layer, name.name, after?.[0] ?? null, limit + 1],
    );
  }

  /**
   * Puts a version in force; without a number the latest.
   *
   * @throws RatError not_found, and what `precondition` throws
   */
  publish(
    name: PipelineName,
    version: number | undefined,
    by: string,
    precondition: Precondition,
  ): Promise<PublicationChange> {
    return this.#put(
      name,
      "publish",
      by,
      precondition,
      async (_transaction, { latest }) => version ?? latest,
    );
  }

  /**
   * Puts a version back in force that was so before; without a number the one before the present.
   *
   * @throws RatError not_found, conflict when there is none, and what `precondition` throws
   */
  rollback(
    name: PipelineName,
    version: number | undefined,
    by: string,
    precondition: Precondition,
  ): Promise<PublicationChange> {
    return this.#put(name, "rollback", by, precondition, async (transaction, { id, published }) => {
      const [row] = await transaction.query<{ version: number }>(
        `SELECT version FROM pipeline_publications
          WHERE pipeline_id = $1 AND version IS DISTINCT FROM $2 AND ($3::int IS NULL OR version = $3)
          ORDER BY id DESC LIMIT 1`,
        [id, version === undefined ? published : null, version ?? null],
      );
      if (row !== undefined) return row.version;
      const which = version === undefined ? "No other version" : `Version ${version}`;
      throw new RatError(
        "conflict",
        `${which} of pipeline ${pipelineId(name)} was ever published; publish it instead.`,
      );
    });
  }

  async #put(
    name: PipelineName,
    action: "publish" | "rollback",
    by: string,
    precondition: Precondition,
    choose: (transaction: Queryable, pipeline: Awaited<ReturnType<typeof lockPipeline>>) => Promise<number>,
  ): Promise<PublicationChange> {
    await this.#storage.schema.ready();
    return this.#storage.database.transaction(async (transaction) => {
      const pipeline = await lockPipeline(transaction, name);
      precondition(pipeline.latest);
      const to = await choose(transaction, pipeline);
      await versionOf(transaction, name, to);
      if (to !== pipeline.published) await publish(transaction, pipeline.id, to, action, by);
      return { from: pipeline.published, to };
    });
  }
}
