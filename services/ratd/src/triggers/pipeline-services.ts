import { randomUUID } from "node:crypto";
import type { RunsConfig } from "../config/config.ts";
import type { EventBus } from "../events/event-bus.ts";
import { NamespaceFiles } from "../pipelines/namespace-files.ts";
import { NamespaceStore } from "../pipelines/namespace-store.ts";
import { PipelineStore } from "../pipelines/pipeline-store.ts";
import { PublicationStore } from "../pipelines/publication-store.ts";
import type { Database } from "../platform/database/database.ts";
import type { RunQueue } from "../runs/run-queue.ts";
import type { Schema } from "../schema/schema.ts";
import type { SharedKeys } from "../schema/shared-keys.ts";
import { Triggers } from "./triggers.ts";
import { Webhooks } from "./webhooks.ts";

/** What pipelines and triggers are made from. */
export interface PipelineServicesDeps {
  readonly config: Pick<RunsConfig, "workspace" | "uploadBytes">;
  readonly database: Database;
  readonly schema: Schema;
  readonly keys: SharedKeys;
  readonly events: EventBus;
  readonly queue: RunQueue;
  /** As `randomBytes` of node:crypto. */
  readonly randomBytes: (size: number) => Uint8Array;
}

/** Everything about pipelines that the HTTP API serves. */
export interface PipelineServices {
  readonly namespaces: NamespaceStore;
  readonly files: NamespaceFiles;
  readonly pipelines: PipelineStore;
  readonly publications: PublicationStore;
  readonly triggers: Triggers;
  readonly webhooks: Webhooks;
}

/** Makes them; nothing runs yet. */
export function createPipelineServices(deps: PipelineServicesDeps): PipelineServices {
  const { config, database, schema, keys, events, queue, randomBytes } = deps;
  const storage = { database, schema };
  return {
    namespaces: new NamespaceStore(storage),
    files: new NamespaceFiles({
      workspace: config.workspace,
      maxBytes: config.uploadBytes,
      uniqueName: randomUUID,
    }),
    pipelines: new PipelineStore(storage),
    publications: new PublicationStore(storage),
    triggers: new Triggers({ storage, keys, events, queue, randomBytes }),
    webhooks: new Webhooks({ storage, keys, events, queue, uniqueName: randomUUID }),
  };
}
