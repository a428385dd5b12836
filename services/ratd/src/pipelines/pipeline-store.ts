import { RatError } from "../errors.ts";
import type { Queryable } from "../platform/database/database.ts";
import type { Pipeline, PipelineVersion } from "./pipeline.ts";
import { pipelineId, type PipelineName } from "../pipeline-id.ts";
import type { PipelineKind, PipelineSettings, VersionContent } from "./pipeline.ts";
import type { Layer } from "../pipeline-id.ts";
import { refusedAs, type PageOfRows, type Storage } from "./storage.ts";
import { insertVersion, publish, sameAsLatest, VERSION_COLUMNS, type Author } from "./version-store.ts";

const COLUMNS = `p.namespace, p.layer, p.name, p.description, p.owner, p.max_running AS "maxRunning", v.kind,
  p.latest_version AS "latestVersion", p.published_version AS "publishedVersion", p.created_at AS "createdAt",
  p.updated_at AS "updatedAt"`;
const FROM = `FROM pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.latest_version`;
const OF_NAME = "p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND p.deleted_at IS NULL";

/** Which pipelines a list shows. */
export interface PipelineFilter {
  readonly namespace: string | undefined;
  readonly layer: Layer | undefined;
  readonly kind: PipelineKind | undefined;
  /** A part of the name or the description, in any case. */
  readonly q: string | undefined;
}

/** What a caller wants a pipeline to be. */
export interface PipelineDraft extends Author {
  readonly name: PipelineName;
  readonly content: VersionContent;
  /** Undefined leaves what is there. */
  readonly settings: { readonly [Key in keyof PipelineSettings]: PipelineSettings[Key] | undefined };
  /** Whether the version is put in force at once. */
  readonly publish: boolean;
}

/** A pipeline with its latest version. */
export interface PipelineState {
  readonly pipeline: Pipeline;
  readonly latest: PipelineVersion;
}

/** What a change came to. */
export interface PipelineChange extends PipelineState {
  /** False when the content was that of the latest version already. */
  readonly newVersion: boolean;
  /** Whether another version is in force now. */
  readonly published: boolean;
  /** The version in force before. */
  readonly publishedBefore: number | null;
}

/** Decides on the present latest version whether a change may go on; throws when not. */
export type Precondition = (latestVersion: number) => void;

/** The SQL of pipelines. */
export class PipelineStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** By namespace, layer and name; one more than `limit`. */
  async list(filter: PipelineFilter, { limit, after }: PageOfRows): Promise<readonly Pipeline[]> {
    await this.#storage.schema.ready();
    return this.#storage.database.query<Pipeline>(
      `SELECT ${COLUMNS} ${FROM}
        WHERE p.deleted_at IS NULL AND ($1::text IS NULL OR p.namespace = $1) AND ($2::text IS NULL OR p.layer = $2)
          AND ($3::text IS NULL OR v.kind = $3)
          AND ($4::text IS NULL OR position(lower($4) IN lower(p.name || ' ' || p.description)) > 0)
          AND ($5::text IS NULL OR (p.namespace, p.layer, p.name) > ($5, $6, $7))
        ORDER BY p.namespace, p.layer, p.name LIMIT $8`,
      [
        ...[filter.namespace, filter.layer, filter.kind, filter.q].map((value) => value ?? null),
        ...[0, 1, 2].map((at) => after?.[at] ?? null),
        limit + 1,
      ],
    );
  }

  /** @throws RatError not_found */
  async get(name: PipelineName): Promise<PipelineState> {
    await this.#storage.schema.ready();
    return read(this.#storage.database, name);
  }

  /** Whether `create` would find its place. @throws RatError as `create` does */
  async checkFree(name: PipelineName): Promise<void> {
    await this.#storage.schema.ready();
    const [row] = await this.#storage.database.query<{ namespace: boolean; pipeline: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM namespaces n WHERE n.name = $1) AS namespace,
              EXISTS (SELECT 1 FROM pipelines p WHERE ${OF_NAME}) AS pipeline`,
      keyOf(name),
    );
    if (row?.namespace !== true) throw noNamespace(name.namespace);
    if (row.pipeline) throw taken(name);
  }

  /** @throws RatError conflict when the name is taken, not_found without the namespace */
  async create({ name, content, settings, publish: now, ...author }: PipelineDraft): Promise<PipelineChange> {
    await this.#storage.schema.ready();
    return this.#storage.database.transaction(async (transaction) => {
      const [row] = await refusedAs("unique", taken(name), () =>
        refusedAs("foreignKey", noNamespace(name.namespace), () =>
          transaction.query<{ id: string }>(
            `INSERT INTO pipelines (namespace, layer, name, description, owner, max_running, latest_version)
             VALUES ($1, $2, $3, $4, $5, $6, 1) RETURNING id`,
            [...keyOf(name), settings.description ?? "", author.by, settings.maxRunning ?? null],
          ),
        ),
      );
      const id = row?.id ?? "";
      await insertVersion(transaction, id, 1, content, author);
      if (now) await publish(transaction, id, 1, "publish", author.by);
      return { ...(await read(transaction, name)), newVersion: true, published: now, publishedBefore: null };
    });
  }

  /**
   * Gives a pipeline a new version, unless the content is that of the latest one.
   *
   * @throws RatError not_found, and what `precondition` throws
   */
  async update(draft: PipelineDraft, precondition: Precondition): Promise<PipelineChange> {
    const { name, content, settings, ...author } = draft;
    await this.#storage.schema.ready();
    return this.#storage.database.transaction(async (transaction) => {
      const { id, latest, published } = await lockPipeline(transaction, name);
      precondition(latest);
      const newVersion = !(await sameAsLatest(transaction, id, content));
      const version = newVersion ? latest + 1 : latest;
      if (newVersion) await insertVersion(transaction, id, version, content, author);
      await transaction.query(
        `UPDATE pipelines
            SET latest_version = $2, description = coalesce($3, description),
                max_running = CASE WHEN $4 THEN $5 ELSE max_running END, updated_at = clock_timestamp()
          WHERE id = $1`,
        [
          id,
          version,
          settings.description ?? null,
          settings.maxRunning !== undefined,
          settings.maxRunning ?? null,
        ],
      );
      const publishNow = draft.publish && published !== version;
      if (publishNow) await publish(transaction, id, version, "publish", author.by);
      return {
        ...(await read(transaction, name)),
        newVersion,
        published: publishNow,
        publishedBefore: published,
      };
    });
  }

  /**
   * Removes a pipeline and its triggers; its runs stay. `forget` ends what others keep of it, and may be repeated.
   *
   * @throws RatError not_found, conflict while it has runs that have not ended, and what `precondition` throws
   */
  async remove(name: PipelineName, precondition: Precondition, forget: () => Promise<void>): Promise<void> {
    await this.#storage.schema.ready();
    await this.#storage.database.transaction(async (transaction) => {
      const { id, latest } = await lockPipeline(transaction, name);
      precondition(latest);
      const [open] = await transaction.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM runs WHERE pipeline_id = $1 AND state IN ('pending', 'running')`,
        [id],
      );
      if (open !== undefined && open.count > 0) {
        const detail = `Pipeline ${pipelineId(name)} has ${open.count} runs that have not ended; cancel them or wait.`;
        throw new RatError("conflict", detail);
      }
      await forget();
      await transaction.query("DELETE FROM triggers WHERE pipeline_id = $1", [id]);
      await transaction.query("UPDATE pipelines SET deleted_at = clock_timestamp() WHERE id = $1", [id]);
    });
  }
}

/** A pipeline under lock. */
export interface LockedPipeline {
  readonly id: string;
  readonly latest: number;
  readonly published: number | null;
}

/**
 * Keeps everybody else from changing a pipeline until the transaction ends.
 *
 * @throws RatError not_found
 */
export async function lockPipeline(transaction: Queryable, name: PipelineName): Promise<LockedPipeline> {
  const [row] = await transaction.query<LockedPipeline>(
    `SELECT p.id, p.latest_version AS latest, p.published_version AS published FROM pipelines p WHERE ${OF_NAME}
        FOR NO KEY UPDATE`,
    keyOf(name),
  );
  if (row === undefined) throw notFound(name);
  return row;
}

/** Why a pipeline is not there. */
export function notFound(name: PipelineName): RatError {
  return new RatError("not_found", `There is no pipeline ${pipelineId(name)}.`);
}

async function read(database: Queryable, name: PipelineName): Promise<PipelineState> {
  // In one statement: a version that is made between two would be the latest of one only.
  const [row] = await database.query<Pipeline & PipelineVersion & { readonly versionAt: Date }>(
    `SELECT ${COLUMNS}, ${VERSION_COLUMNS}, v.created_at AS "versionAt" ${FROM} WHERE ${OF_NAME}`,
    keyOf(name),
  );
  if (row === undefined) throw notFound(name);
  return { pipeline: row, latest: { ...row, createdAt: row.versionAt } };
}

function keyOf({ namespace, layer, name }: PipelineName): readonly string[] {
  return [namespace, layer, name];
}

function taken(name: PipelineName): RatError {
  return new RatError("conflict", `There is a pipeline ${pipelineId(name)} already.`);
}

function noNamespace(namespace: string): RatError {
  return new RatError("not_found", `There is no namespace "${namespace}"; make it first.`);
}
