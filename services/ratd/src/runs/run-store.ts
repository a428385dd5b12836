import { RatError } from "../errors.ts";
import type { Database } from "../platform/database/database.ts";
import type { Schema } from "../schema/schema.ts";
import type { Layer } from "../slots/executor/executor.ts";
import { RUN_COLUMNS, type Run, type RunAttempt, type RunState, type RunTrigger } from "./run.ts";

/** Which runs a list holds; undefined does not filter. */
export interface RunFilter {
  readonly namespace: string | undefined;
  readonly layer: Layer | undefined;
  readonly pipeline: string | undefined;
  readonly states: readonly RunState[] | undefined;
  readonly trigger: RunTrigger | undefined;
  readonly createdBy: string | undefined;
}

/** What a cancel came to. */
export type CancelResult = "cancelled" | "cancelling" | "ended";

/** Runs as they are read, and cancelled, by people. */
export class RunStore {
  readonly #database: Database;
  readonly #schema: Schema;

  constructor(deps: { readonly database: Database; readonly schema: Schema }) {
    this.#database = deps.database;
    this.#schema = deps.schema;
  }

  /** @throws RatError not_found; database_unavailable */
  async get(id: string): Promise<Run> {
    await this.#schema.ready();
    const [run] = await this.#database.query<Run>(`SELECT ${RUN_COLUMNS} FROM runs WHERE id = $1`, [id]);
    if (run === undefined) throw new RatError("not_found", `There is no run ${id}.`);
    return run;
  }

  /** Newest first, from the run after `after` on. */
  async list(filter: RunFilter, after: string | undefined, limit: number): Promise<readonly Run[]> {
    await this.#schema.ready();
    return this.#database.query<Run>(
      `SELECT ${RUN_COLUMNS} FROM runs
        WHERE ($1::text IS NULL OR namespace = $1) AND ($2::text IS NULL OR layer = $2)
          AND ($3::text IS NULL OR pipeline = $3) AND ($4::text[] IS NULL OR state = ANY ($4))
          AND ($5::text IS NULL OR trigger = $5) AND ($6::text IS NULL OR created_by = $6)
          AND ($7::text IS NULL OR id < $7)
        ORDER BY id DESC LIMIT $8`,
      [
        filter.namespace ?? null,
        filter.layer ?? null,
        filter.pipeline ?? null,
        filter.states ?? null,
        filter.trigger ?? null,
        filter.createdBy ?? null,
        after ?? null,
        limit,
      ],
    );
  }

  /** The attempts that have ended, oldest first. */
  attempts(id: string): Promise<readonly RunAttempt[]> {
    return this.#database.query<RunAttempt>(
      `SELECT attempt, state, executor, error, exit_code AS "exitCode", started_at AS "startedAt",
              finished_at AS "finishedAt" FROM run_attempts WHERE run_id = $1 ORDER BY attempt`,
      [id],
    );
  }

  /** What the run answered; null without an answer. */
  async result(id: string): Promise<Readonly<Record<string, unknown>> | null> {
    const [row] = await this.#database.query<{ result: Readonly<Record<string, unknown>> | null }>(
      "SELECT result FROM runs WHERE id = $1",
      [id],
    );
    return row?.result ?? null;
  }

  /** The environment that a run was given. */
  async env(id: string): Promise<Readonly<Record<string, string>>> {
    const [row] = await this.#database.query<{ env: Readonly<Record<string, string>> }>(
      "SELECT env FROM runs WHERE id = $1",
      [id],
    );
    return row?.env ?? {};
  }

  /** Ends a run that nobody has; asks for the end of one that somebody has. */
  async cancel(id: string, by: string): Promise<CancelResult> {
    const [row] = await this.#database.query<{ state: RunState }>(
      `UPDATE runs
          SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()),
              state = CASE WHEN owner IS NULL THEN 'cancelled' ELSE state END,
              finished_at = CASE WHEN owner IS NULL THEN clock_timestamp() END,
              reason = CASE WHEN owner IS NULL THEN $2 ELSE reason END
        WHERE id = $1 AND state IN ('pending', 'running') RETURNING state`,
      [id, `cancelled by ${by} before it started`],
    );
    if (row === undefined) return "ended";
    return row.state === "cancelled" ? "cancelled" : "cancelling";
  }
}
