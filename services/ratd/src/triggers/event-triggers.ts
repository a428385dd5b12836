import { TRIGGERING_EVENTS } from "../events/triggering-events.ts";
import type { RatEvent } from "../events/event-bus.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { PipelineName } from "../pipeline-id.ts";
import type { Storage } from "../pipelines/storage.ts";
import { announceFire, type AnnounceDeps, type CommittedFire } from "./announce.ts";
import { fireTrigger } from "./fire.ts";
import { fireAlone, readSetting } from "./unreadable.ts";

/** What event triggers need. */
export interface EventTriggersDeps extends AnnounceDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface TakenRow extends PipelineName {
  /** As it is stored. */
  readonly config: unknown;
  readonly unreadable: boolean;
  /** Null before the first fire. */
  readonly secondsAgo: number | null;
}

/** Events that wait while the database is away; beyond it the oldest are dropped. */
const MAX_WAITING = 1000;
const RETRY_MS = 1000;

/**
 * Fires triggers by the events of this replica. Several replicas see the same plugin go down: the database lets one of them
 * fire in each interval. Events that come while the database is away are looked at when it is back.
 */
export class EventTriggers implements AsyncDisposable {
  readonly #deps: EventTriggersDeps;
  readonly #known: ReadonlySet<string> = new Set(TRIGGERING_EVENTS);
  readonly #waiting: RatEvent[] = [];
  readonly #unsubscribe: readonly (() => void)[];
  #cancelTimer: () => void = () => undefined;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(deps: EventTriggersDeps) {
    this.#deps = deps;
    this.#unsubscribe = [
      deps.events.subscribe((event) => this.#take(event)),
      deps.storage.database.onChange(({ state }) => {
        if (state === "healthy") this.#work();
      }),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#cancelTimer();
    await this.#working;
  }

  #take(event: RatEvent): void {
    if (!this.#known.has(event.type)) return;
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#work();
  }

  #work(): void {
    if (this.#closed || this.#working !== undefined) return;
    this.#cancelTimer();
    this.#working = this.#drain().finally(() => {
      this.#working = undefined;
      if (this.#waiting.length === 0 || this.#closed) return;
      this.#cancelTimer = this.#deps.clock.after(RETRY_MS, () => this.#work());
    });
  }

  async #drain(): Promise<void> {
    for (let event = this.#waiting[0]; event !== undefined && !this.#closed; event = this.#waiting[0]) {
      try {
        for (const fire of await this.#fire(event)) announceFire(this.#deps, fire);
      } catch (error) {
        const { database } = this.#deps.storage;
        if (database.status().state === "healthy") {
          this.#deps.logger.warn({ err: error, event: event.type }, "An event could not fire triggers yet.");
        }
        return;
      }
      if (this.#waiting[0] === event) this.#waiting.shift();
    }
  }

  async #fire(event: RatEvent): Promise<readonly CommittedFire[]> {
    const { database, schema } = this.#deps.storage;
    await schema.ready();
    const object = String(event.data["object"]);
    const found = await database.query<{ id: string }>(
      `SELECT id FROM triggers
        WHERE kind = 'event' AND event_type = $1 AND NOT paused
          AND (config->>'object' IS NULL OR config->>'object' = $2) ORDER BY id`,
      [event.type, object],
    );
    const fires: CommittedFire[] = [];
    for (const { id } of found) {
      const fired = await database.transaction(async (transaction) => {
        // The row is locked by this: who comes second sees the time that the first has set.
        const [taken] = await transaction.query<TakenRow>(
          `SELECT p.namespace, p.layer, p.name, t.config, t.unreadable,
                  extract(epoch FROM clock_timestamp() - t.last_fired_at)::float8 AS "secondsAgo"
             FROM triggers t JOIN pipelines p ON p.id = t.pipeline_id
            WHERE t.id = $1 AND NOT t.paused FOR UPDATE OF t`,
          [id],
        );
        if (taken === undefined) return [];
        const { config: stored, unreadable, secondsAgo, ...pipeline } = taken;
        const trigger = { trigger: id, kind: "event", pipeline } as const;
        return fireAlone(transaction, { ...trigger, unreadable }, async () => {
          const { config } = readSetting("event", stored);
          if (secondsAgo !== null && secondsAgo < config.min_interval_seconds) return [];
          await transaction.query("UPDATE triggers SET last_fired_at = clock_timestamp() WHERE id = $1", [
            id,
          ]);
          const env = { RAT_EVENT_TYPE: event.type, RAT_EVENT_OBJECT: object };
          return [{ ...trigger, fire: await fireTrigger(transaction, id, `event ${event.id}`, env) }];
        });
      });
      fires.push(...fired);
    }
    return fires;
  }
}
