import type { Database, Queryable } from "../platform/database/database.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { PipelineName } from "../pipeline-id.ts";
import type { Storage } from "../pipelines/storage.ts";
import { announceFire, type AnnounceDeps, type CommittedFire } from "./announce.ts";
import { fireTrigger } from "./fire.ts";
import { dueFires } from "./schedule.ts";
import type { TriggerProblems } from "./trigger-problems.ts";
import { fireAlone, readSetting } from "./unreadable.ts";

/** What the scheduler needs. */
export interface CronSchedulerDeps extends AnnounceDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Longest time between two looks, milliseconds. */
  readonly pollMs: number;
  readonly problems: Pick<TriggerProblems, "found">;
}

interface DueTrigger extends PipelineName {
  readonly id: string;
  /** As it is stored. */
  readonly config: unknown;
  readonly unreadable: boolean;
  readonly due: Date;
  readonly now: Date;
}

/** Triggers that one transaction takes. */
const BATCH = 50;
/** After an error there is nothing to wait for but time. */
const RETRY_MS = 1000;
const OTHERS_MS = 250;

/**
 * Fires the cron triggers that are due. Any number of replicas does this: a trigger that one of them has
 * under lock is passed over by the others, and a time that was fired for is never fired for again. Only the database
 * says what time it is; the clock of this process measures waits.
 */
export class CronScheduler implements AsyncDisposable {
  readonly #deps: CronSchedulerDeps;
  readonly #unsubscribe: () => void;
  #cancelTimer: () => void = () => undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(deps: CronSchedulerDeps) {
    this.#deps = deps;
    this.#unsubscribe = deps.storage.database.onChange(({ state }) => {
      if (state === "healthy") this.wake();
    });
    this.wake();
  }

  /** Looks at once: something may be due earlier than was known. */
  wake(): void {
    if (this.#closed) return;
    if (this.#looking !== undefined) {
      this.#again = true;
      return;
    }
    this.#cancelTimer();
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.wake();
    });
  }

  /** Lets the transaction under way end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    await this.#looking;
    this.#cancelTimer();
  }

  async #look(): Promise<void> {
    const { storage, clock, logger, pollMs, problems } = this.#deps;
    let waitMs = pollMs;
    try {
      await storage.schema.ready();
      while ((await this.#fireDue(storage.database)) === BATCH && !this.#closed);
      waitMs = Math.min(pollMs, await untilNext(storage.database, pollMs));
      problems.found(await unreadable(storage.database));
    } catch (error) {
      waitMs = Math.min(pollMs, RETRY_MS);
      // An outage is told by the monitor of the database.
      if (storage.database.status().state === "healthy") {
        logger.warn({ err: error }, "The cron triggers could not be looked at; trying again.");
      }
    }
    if (!this.#closed) this.#cancelTimer = clock.after(waitMs, () => this.wake());
  }

  async #fireDue(database: Database): Promise<number> {
    const { due, fires } = await database.transaction(async (transaction) => {
      const due = await takeDue(transaction);
      const fires: CommittedFire[] = [];
      for (const trigger of due) {
        const { id, unreadable, namespace, layer, name } = trigger;
        const taken = {
          trigger: id,
          kind: "cron",
          pipeline: { namespace, layer, name },
          unreadable,
        } as const;
        fires.push(...(await fireAlone(transaction, taken, () => this.#fire(transaction, trigger))));
      }
      return { due: due.length, fires };
    });
    for (const fire of fires) announceFire(this.#deps, fire);
    return due;
  }

  async #fire(transaction: Queryable, trigger: DueTrigger): Promise<readonly CommittedFire[]> {
    const { id, config: stored, due, now, namespace, layer, name } = trigger;
    const { config } = readSetting("cron", stored);
    const { times, next, skipped } = dueFires(config, due, now);
    if (skipped)
      this.#deps.logger.info({ trigger: id, due, catch_up: config.catch_up }, "missed times are skipped");
    const fires: CommittedFire[] = [];
    for (const time of times) {
      const at = time.toISOString();
      const fire = await fireTrigger(transaction, id, at, { RAT_FIRE_TIME: at });
      fires.push({ trigger: id, kind: "cron", pipeline: { namespace, layer, name }, fire });
    }
    await transaction.query("UPDATE triggers SET next_fire_at = $2 WHERE id = $1", [id, next]);
    return fires;
  }
}

function takeDue(transaction: Queryable): Promise<readonly DueTrigger[]> {
  return transaction.query<DueTrigger>(
    `SELECT t.id, t.config, t.unreadable, t.next_fire_at AS due, clock_timestamp() AS now, p.namespace, p.layer, p.name
       FROM triggers t JOIN pipelines p ON p.id = t.pipeline_id
      WHERE t.kind = 'cron' AND NOT t.paused AND t.next_fire_at <= clock_timestamp()
      ORDER BY t.next_fire_at LIMIT $1
        FOR UPDATE OF t SKIP LOCKED`,
    [BATCH],
  );
}

/** Milliseconds until the next trigger is due, by the clock of the database; `otherwise` when none is. */
async function untilNext(database: Queryable, otherwise: number): Promise<number> {
  const [row] = await database.query<{ ms: number | null }>(
    `SELECT (extract(epoch FROM min(next_fire_at) - clock_timestamp()) * 1000)::float8 AS ms
       FROM triggers WHERE kind = 'cron' AND NOT paused`,
  );
  if (row === undefined || row.ms === null) return otherwise;
  // What is due and was not taken is under the lock of another replica: no hurry.
  return row.ms <= 0 ? OTHERS_MS : Math.ceil(row.ms);
}

/** How many triggers cannot be understood. */
async function unreadable(database: Queryable): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM triggers WHERE unreadable",
  );
  return row?.count ?? 0;
}
