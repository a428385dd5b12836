import { RatError } from "../errors.ts";
import { Batcher } from "../platform/batcher.ts";
import type { Database, Queryable } from "../platform/database/database.ts";
import type { Schema } from "../schema/schema.ts";
import type { Layer } from "../slots/executor/executor.ts";
import type { RunQueue } from "./run-queue.ts";
import type { RunTrigger } from "./run.ts";

/** A run that somebody asks for. */
export interface RunRequest {
  readonly namespace: string;
  readonly layer: Layer;
  readonly pipeline: string;
  /** Undefined: the published one. */
  readonly version: number | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Undefined: that of the version. */
  readonly priority: number | undefined;
  readonly trigger: RunTrigger;
  readonly retryOf: string | undefined;
  readonly createdBy: string;
  /** Whether somebody vouched for `createdBy`. */
  readonly identified: boolean;
  /** The roles of `createdBy`. */
  readonly roles: readonly string[];
  /** Makes a repeated request find its run again, for a day. */
  readonly idempotency: { readonly key: string; readonly bodyHash: Uint8Array } | undefined;
}

/** What became of a request. */
export interface RunAccepted {
  readonly id: string;
  /** The run was made by an earlier request with the same key. */
  readonly replayed: boolean;
}

/** One row of the answer of SUBMIT. */
interface SubmitRow {
  readonly n: number;
  readonly id: string | null;
  readonly pipelineId: string | null;
  readonly version: number | null;
}

/** Requests that one transaction takes. */
const BATCH = 200;

/** Takes runs in: stored with their idempotency keys in one transaction before the answer. */
export class RunSubmitter {
  readonly #database: Database;
  readonly #schema: Schema;
  readonly #queue: Pick<RunQueue, "wake">;
  readonly #batcher: Batcher<RunRequest, RunAccepted | RatError>;

  constructor(deps: {
    readonly database: Database;
    readonly schema: Schema;
    readonly queue: Pick<RunQueue, "wake">;
  }) {
    this.#database = deps.database;
    this.#schema = deps.schema;
    this.#queue = deps.queue;
    this.#batcher = new Batcher((requests) => this.#submit(requests), BATCH);
  }

  /**
   * Stores a run; it is in the queue when this resolves.
   *
   * @throws RatError not_found (no such pipeline or version), conflict (nothing is published), idempotency_mismatch,
   *   database_unavailable
   */
  async submit(request: RunRequest): Promise<RunAccepted> {
    const result = await this.#batcher.add(request);
    if (result instanceof RatError) throw result;
    return result;
  }

  async #submit(requests: readonly RunRequest[]): Promise<readonly (RunAccepted | RatError)[]> {
    await this.#schema.ready();
    const rows = await this.#database.query<SubmitRow>(SUBMIT, submitValues(requests));
    this.#queue.wake();
    const byNumber = new Map(rows.map((row) => [row.n, row]));
    const results = requests.map((request, index) => {
      const row = byNumber.get(index + 1);
      if (row?.id === null || row === undefined) return problemOf(request, row);
      return { id: row.id, replayed: false };
    });
    return this.#replays(requests, results);
  }

  /** What was not inserted although its pipeline is fine had its key taken. */
  async #replays(
    requests: readonly RunRequest[],
    results: readonly (RunAccepted | RatError | undefined)[],
  ): Promise<readonly (RunAccepted | RatError)[]> {
    return Promise.all(
      results.map(async (result, index) => {
        const request = requests[index];
        if (result !== undefined || request === undefined) return result ?? RatError.from(undefined);
        return findReplay(this.#database, request);
      }),
    );
  }
}

async function findReplay(
  database: Queryable,
  { createdBy, idempotency }: RunRequest,
): Promise<RunAccepted | RatError> {
  const [row] = await database.query<{ runId: string; same: boolean }>(
    `SELECT run_id AS "runId", body_hash = $3 AS same FROM run_requests WHERE caller = $1 AND key = $2`,
    [createdBy, idempotency?.key, idempotency?.bodyHash],
  );
  if (row === undefined)
    return new RatError("conflict", "The idempotency key has just run out; send a new one.");
  if (!row.same) {
    return new RatError(
      "idempotency_mismatch",
      `The Idempotency-Key was used for another request, which made run ${row.runId}.`,
    );
  }
  return { id: row.runId, replayed: true };
}

/** What is wrong with a request that made no run; undefined when only its key was taken. */
function problemOf(request: RunRequest, row: SubmitRow | undefined): RatError | undefined {
  const name = `${request.namespace}/${request.layer}/${request.pipeline}`;
  if (row === undefined || row.pipelineId === null)
    return new RatError("not_found", `There is no pipeline ${name}.`);
  if (row.version !== null) return undefined;
  return request.version === undefined
    ? new RatError("conflict", `No version of pipeline ${name} is published.`)
    : new RatError("not_found", `Pipeline ${name} has no version ${request.version}.`);
}

function submitValues(requests: readonly RunRequest[]): readonly unknown[] {
  return [
    requests.map(({ namespace }) => namespace),
    requests.map(({ layer }) => layer),
    requests.map(({ pipeline }) => pipeline),
    requests.map(({ version }) => version ?? null),
    requests.map(({ env }) => JSON.stringify(env)),
    requests.map(({ priority }) => priority ?? null),
    requests.map(({ trigger }) => trigger),
    requests.map(({ retryOf }) => retryOf ?? null),
    requests.map(({ createdBy }) => createdBy),
    requests.map(({ identified }) => identified),
    requests.map(({ idempotency }) => idempotency?.key ?? null),
    requests.map(({ idempotency }) => idempotency && Buffer.from(idempotency.bodyHash)),
    // An array of arrays must be a rectangle; the roles of one run go as JSON.
    requests.map(({ roles }) => JSON.stringify(roles)),
  ];
}

/** Finds the versions, takes the keys, and stores the runs whose key was free: one statement, one transaction. */
const SUBMIT = `
WITH asked AS MATERIALIZED (
  SELECT a.*, new_run_id() AS id
    FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::jsonb[], $6::smallint[], $7::text[], $8::text[],
                $9::text[], $10::boolean[], $11::text[], $12::bytea[], $13::jsonb[])
         WITH ORDINALITY AS a (namespace, layer, pipeline, version, env, priority, trigger, retry_of, created_by,
                               identified, key, body_hash, roles, n)
), found AS MATERIALIZED (
  SELECT a.*, p.id AS pipeline_id, v.version AS found_version, v.kind, v.isolation, v.timeout_seconds, v.max_attempts,
         v.retry_on_failure, coalesce(a.priority, v.priority) AS found_priority
    FROM asked a
    LEFT JOIN pipelines p
      ON p.namespace = a.namespace AND p.layer = a.layer AND p.name = a.pipeline AND p.deleted_at IS NULL
    LEFT JOIN pipeline_versions v
      ON v.pipeline_id = p.id AND v.version = coalesce(a.version, p.published_version)
), keys AS (
  INSERT INTO run_requests (caller, key, body_hash, run_id)
  SELECT created_by, key, body_hash, id FROM found WHERE key IS NOT NULL AND found_version IS NOT NULL
  ORDER BY created_by, key
  ON CONFLICT DO NOTHING RETURNING run_id
), made AS (
  INSERT INTO runs (id, namespace, layer, pipeline, pipeline_id, version, kind, isolation, priority, trigger, retry_of,
                    env, created_by, identified, roles, timeout_seconds, max_attempts, retry_on_failure)
  SELECT id, namespace, layer, pipeline, pipeline_id, found_version, kind, isolation, found_priority, trigger, retry_of,
         env, created_by, identified, ARRAY (SELECT jsonb_array_elements_text(roles)), timeout_seconds, max_attempts,
         retry_on_failure
    FROM found
   WHERE found_version IS NOT NULL AND (key IS NULL OR id IN (SELECT run_id FROM keys))
  RETURNING id
)
SELECT f.n::int AS n, m.id, f.pipeline_id AS "pipelineId", f.found_version AS version
  FROM found f LEFT JOIN made m ON m.id = f.id`;
