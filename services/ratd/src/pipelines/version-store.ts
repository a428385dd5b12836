import { RatError } from "../errors.ts";
import type { Queryable } from "../platform/database/database.ts";
import type { PipelineVersion, VersionContent } from "./pipeline.ts";
import { pipelineId, type PipelineName } from "../pipeline-id.ts";

/** Who makes a version, and why. */
export interface Author {
  /** User id. */
  readonly by: string;
  readonly message: string;
}

/** A version `v` but for the time when it was made, which a pipeline has too. */
export const VERSION_COLUMNS = `v.version, v.kind, v.spec, v.isolation, v.timeout_seconds AS "timeoutSeconds",
  v.max_attempts AS "maxAttempts", v.retry_on_failure AS "retryOnFailure", v.priority, v.message,
  v.created_by AS "createdBy"`;
const COLUMNS = `${VERSION_COLUMNS}, v.created_at AS "createdAt"`;
const OF_PIPELINE = `FROM pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id
  WHERE p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND p.deleted_at IS NULL`;

function contentValues(content: VersionContent): readonly unknown[] {
  return [
    content.kind,
    JSON.stringify(content.spec),
    content.isolation,
    content.timeoutSeconds,
    content.maxAttempts,
    content.retryOnFailure,
    content.priority,
  ];
}

/** Stores a version. */
export async function insertVersion(
  transaction: Queryable,
  pipeline: string,
  version: number,
  content: VersionContent,
  { by, message }: Author,
): Promise<void> {
  await transaction.query(
    `INSERT INTO pipeline_versions (pipeline_id, version, kind, spec, isolation, timeout_seconds, max_attempts,
                                    retry_on_failure, priority, message, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [pipeline, version, ...contentValues(content), message, by],
  );
}

/** Whether the latest version says just this. */
export async function sameAsLatest(
  database: Queryable,
  pipeline: string,
  content: VersionContent,
): Promise<boolean> {
  const [row] = await database.query<{ same: boolean }>(
    `SELECT (v.kind, v.spec, v.isolation, v.timeout_seconds, v.max_attempts, v.retry_on_failure, v.priority)
            = ($2, $3::jsonb, $4, $5, $6, $7, $8) AS same
       FROM pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.latest_version
      WHERE p.id = $1`,
    [pipeline, ...contentValues(content)],
  );
  return row?.same === true;
}

/** A version by its number. @throws RatError not_found */
export async function versionOf(
  database: Queryable,
  name: PipelineName,
  version: number,
): Promise<PipelineVersion> {
  const [row] = await database.query<PipelineVersion>(`SELECT ${COLUMNS} ${OF_PIPELINE} AND v.version = $4`, [
    name.namespace,
    name.layer,
    name.name,
    version,
  ]);
  if (row === undefined) {
    throw new RatError("not_found", `Pipeline ${pipelineId(name)} has no version ${version}.`);
  }
  return row;
}

/** Versions before the given one, newest first; all without one. */
export function versionsOf(
  database: Queryable,
  { namespace, layer, name }: PipelineName,
  before: number | undefined,
  limit: number,
): Promise<readonly PipelineVersion[]> {
  return database.query<PipelineVersion>(
    `SELECT ${COLUMNS} ${OF_PIPELINE} AND ($4::int IS NULL OR v.version < $4) ORDER BY v.version DESC LIMIT $5`,
    [namespace, layer, name, before ?? null, limit],
  );
}

/** Puts a version in force and keeps who did it. */
export async function publish(
  transaction: Queryable,
  pipeline: string,
  version: number,
  action: "publish" | "rollback",
  by: string,
): Promise<void> {
  await transaction.query(
    "UPDATE pipelines SET published_version = $2, updated_at = clock_timestamp() WHERE id = $1",
    [pipeline, version],
  );
  await transaction.query(
    "INSERT INTO pipeline_publications (pipeline_id, version, action, by_user) VALUES ($1, $2, $3, $4)",
    [pipeline, version, action, by],
  );
}
