import { RatError } from "../errors.ts";
import type { Queryable } from "../platform/database/database.ts";
import { parsePipelineId, type PipelineName } from "../pipeline-id.ts";
import { notFound } from "../pipelines/pipeline-store.ts";

/** Two triggers that would close a circle between them take turns; the lock ends with the transaction. */
const LOCK = "SELECT pg_advisory_xact_lock(7280004)";

/** The pipelines that follow `$1` by upstream triggers until `$2`, as a chain of names. */
const CHAIN = `
WITH RECURSIVE chain AS (
  SELECT p.id, ARRAY[p.id] AS seen, ARRAY[p.namespace || '/' || p.layer || '/' || p.name] AS names
    FROM pipelines p WHERE p.id = $1
  UNION ALL
  SELECT p.id, c.seen || p.id, c.names || (p.namespace || '/' || p.layer || '/' || p.name)
    FROM chain c
    JOIN triggers t ON t.kind = 'upstream' AND t.upstream_pipeline_id = c.id AND t.id <> $3
    JOIN pipelines p ON p.id = t.pipeline_id AND p.deleted_at IS NULL
   WHERE c.id <> $2 AND p.id <> ALL (c.seen)
)
SELECT names FROM chain WHERE id = $2 ORDER BY cardinality(names) LIMIT 1`;

/**
 * Finds the pipeline whose success is to fire `pipeline`.
 *
 * @param trigger the trigger that is being changed; its own former edge does not count
 * @returns its internal id
 * @throws RatError not_found; conflict when the two would fire each other in a circle, naming it
 */
export async function resolveUpstream(
  transaction: Queryable,
  pipeline: string,
  upstream: string,
  trigger: string,
): Promise<string> {
  await transaction.query(LOCK);
  const name = parsePipelineId(upstream);
  const id = name && (await internalId(transaction, name));
  if (id === undefined)
    throw name === undefined ? new RatError("bad_request", "No pipeline.") : notFound(name);
  const [circle] = await transaction.query<{ names: readonly string[] }>(CHAIN, [pipeline, id, trigger]);
  if (circle === undefined) return id;
  const [first = ""] = circle.names;
  throw new RatError(
    "conflict",
    `These pipelines would fire each other without end: ${[...circle.names, first].join(" -> ")}.`,
  );
}

async function internalId(
  transaction: Queryable,
  { namespace, layer, name }: PipelineName,
): Promise<string | undefined> {
  const [row] = await transaction.query<{ id: string }>(
    `SELECT id FROM pipelines WHERE namespace = $1 AND layer = $2 AND name = $3 AND deleted_at IS NULL`,
    [namespace, layer, name],
  );
  return row?.id;
}
