import { randomBytes, randomUUID } from "node:crypto";
import type { AccessServices } from "../access/create-access.ts";
import type { EventBus } from "../events/event-bus.ts";
import { PipelineStore } from "../pipelines/pipeline-store.ts";
import type { Database } from "../platform/database/database.ts";
import type { RunQueue } from "../runs/run-queue.ts";
import type { Schema } from "../schema/schema.ts";
import type { SharedKeys } from "../schema/shared-keys.ts";
import { Triggers } from "./triggers.ts";
import { Webhooks } from "./webhooks.ts";

/** What triggers and webhooks need. */
export interface TriggerServicesDeps {
  readonly database: Database;
  readonly schema: Schema;
  readonly keys: SharedKeys;
  readonly events: EventBus;
  readonly queue: RunQueue;
  readonly access: Pick<AccessServices, "access">;
}

/** Triggers, as the rest of ratd uses them. */
export interface TriggerServices {
  readonly triggers: Triggers;
  readonly webhooks: Webhooks;
}

/** Puts triggers together; `startTriggers` lets them fire. */
export function createTriggers(deps: TriggerServicesDeps): TriggerServices {
  const { database, schema, keys, events, queue, access } = deps;
  const storage = { database, schema };
  return {
    triggers: new Triggers({
      storage,
      pipelines: new PipelineStore(storage),
      access: access.access,
      keys,
      events,
      queue,
      randomBytes,
      uniqueName: randomUUID,
    }),
    webhooks: new Webhooks({ storage, keys, events, queue, uniqueName: randomUUID }),
  };
}
