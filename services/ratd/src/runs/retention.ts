import { RatError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/database.ts";
import type { Logger } from "../platform/logger.ts";
import type { Schema } from "../schema/schema.ts";

/** Time between two looks, and the runs that one statement removes. */
const INTERVAL_MS = 60_000;
const BATCH = 500;
/** How long a repeated request finds its run again. */
const REQUESTS_KEPT = "24 hours";

/** What retention needs. */
export interface RetentionDeps {
  readonly database: Database;
  readonly schema: Schema;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retentionMs: number;
}

/** Removes runs that ended long ago, with their attempts and output, in small steps. Several replicas may do it at once. */
export class Retention implements Disposable {
  readonly #deps: RetentionDeps;
  #cancel: () => void = () => undefined;
  #stopped = false;

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  start(): void {
    if (this.#stopped) return;
    this.#cancel = this.#deps.clock.after(INTERVAL_MS, () => void this.sweep().finally(() => this.start()));
  }

  /** Removes what is due. Answers how many runs went. Never rejects. */
  async sweep(): Promise<number> {
    const { database, schema, logger, retentionMs } = this.#deps;
    let removed = 0;
    try {
      await schema.ready();
      await database.query(`DELETE FROM run_requests WHERE created_at < clock_timestamp() - $1::interval`, [
        REQUESTS_KEPT,
      ]);
      for (;;) {
        const [row] = await database.query<{ count: number }>(REMOVE, [`${retentionMs} milliseconds`, BATCH]);
        removed += row?.count ?? 0;
        if (this.#stopped || (row?.count ?? 0) < BATCH) break;
      }
    } catch (reason) {
      const error = RatError.from(reason);
      if (error.code !== "database_unavailable") {
        logger.error({ err: error.cause ?? error }, "old runs could not be removed");
      }
    }
    if (removed > 0) logger.info({ runs: removed }, "removed runs that ended long ago");
    return removed;
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    this.#cancel();
  }
}

const REMOVE = `
WITH old AS MATERIALIZED (
  SELECT id FROM runs WHERE finished_at < clock_timestamp() - $1::interval ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
), logs AS (
  DELETE FROM run_logs l USING old WHERE l.run_id = old.id
), attempts AS (
  DELETE FROM run_attempts a USING old WHERE a.run_id = old.id
), gone AS (
  DELETE FROM runs r USING old WHERE r.id = old.id RETURNING 1
)
SELECT count(*)::int AS count FROM gone`;
