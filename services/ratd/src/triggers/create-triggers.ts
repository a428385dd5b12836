import { randomBytes, randomUUID } from "node:crypto";
import type { AccessServices } from "../access/create-access.ts";
import type { EventBus } from "../events/event-bus.ts";
import { PipelineStore } from "../pipelines/pipeline-store.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/database.ts";
import type { Logger } from "../platform/logger.ts";
import type { RunQueue } from "../runs/run-queue.ts";
import type { Schema } from "../schema/schema.ts";
import type { SharedKeys } from "../schema/shared-keys.ts";
import { CronScheduler } from "./cron-scheduler.ts";
import { EventTriggers } from "./event-triggers.ts";
import { TriggerProblems } from "./trigger-problems.ts";
import { Triggers } from "./triggers.ts";
import { Webhooks } from "./webhooks.ts";

/** What triggers and webhooks need. */
export interface TriggerServicesDeps {
  readonly database: Database;
  readonly schema: Schema;
  readonly keys: SharedKeys;
  readonly events: EventBus;
  readonly queue: Pick<RunQueue, "wake">;
  readonly access: Pick<AccessServices, "access">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Longest time between two looks at what is due, milliseconds. */
  readonly pollMs: number;
}

/** Triggers, as the rest of ratd uses them. */
export interface TriggerServices {
  readonly triggers: Triggers;
  readonly webhooks: Webhooks;
  readonly problems: TriggerProblems;
  /** Begins to fire them by time and by events. Disposing of it ends that; what is under way is finished. */
  start(): AsyncDisposable;
}

/** Puts triggers together. */
export function createTriggers(deps: TriggerServicesDeps): TriggerServices {
  const { database, schema, keys, events, queue, access } = deps;
  const storage = { database, schema };
  const problems = new TriggerProblems();
  const triggers = new Triggers({
    storage,
    pipelines: new PipelineStore(storage),
    access: access.access,
    keys,
    events,
    queue,
    randomBytes,
    uniqueName: randomUUID,
  });
  return {
    triggers,
    problems,
    webhooks: new Webhooks({ storage, keys, events, queue, uniqueName: randomUUID }),
    start() {
      const parts = new AsyncDisposableStack();
      parts.use(new EventTriggers({ ...deps, storage }));
      const scheduler = parts.use(new CronScheduler({ ...deps, storage, problems }));
      parts.defer(triggers.onScheduled(() => scheduler.wake()));
      return parts;
    },
  };
}
