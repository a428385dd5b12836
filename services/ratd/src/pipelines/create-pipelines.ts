import { randomUUID } from "node:crypto";
import type { AccessServices } from "../access/create-access.ts";
import type { RunsConfig } from "../config/config.ts";
import type { EventBus } from "../events/event-bus.ts";
import type { Database } from "../platform/database/database.ts";
import type { Schema } from "../schema/schema.ts";
import { Files } from "./files.ts";
import { NamespaceFiles } from "./namespace-files.ts";
import { NamespaceStore } from "./namespace-store.ts";
import { Namespaces } from "./namespaces.ts";
import { PipelineStore } from "./pipeline-store.ts";
import { PipelineVersions } from "./pipeline-versions.ts";
import { Pipelines } from "./pipelines.ts";
import { PublicationStore } from "./publication-store.ts";

/** What namespaces and pipelines need. */
export interface PipelineServicesDeps {
  readonly config: Pick<RunsConfig, "workspace" | "uploadBytes">;
  readonly database: Database;
  readonly schema: Schema;
  readonly events: EventBus;
  readonly access: Pick<AccessServices, "access" | "sharing" | "changed" | "forget">;
}

/** Namespaces and pipelines, as the rest of ratd uses them. */
export interface PipelineServices {
  readonly namespaces: Namespaces;
  readonly files: Files;
  readonly pipelines: Pipelines;
  readonly versions: PipelineVersions;
}

/** Puts namespaces and pipelines together. */
export function createPipelines(deps: PipelineServicesDeps): PipelineServices {
  const { config, database, schema, events, access } = deps;
  const storage = { database, schema };
  const namespaces = new NamespaceStore(storage);
  const pipelines = new PipelineStore(storage);
  const files = new NamespaceFiles({
    workspace: config.workspace,
    maxBytes: config.uploadBytes,
    uniqueName: randomUUID,
  });
  return {
    namespaces: new Namespaces({ store: namespaces, files, access }),
    files: new Files({ namespaces, files, maxBytes: config.uploadBytes }),
    pipelines: new Pipelines({ store: pipelines, events, access }),
    versions: new PipelineVersions({ pipelines, store: new PublicationStore(storage), events }),
  };
}
