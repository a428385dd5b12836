import type { App, HttpDeps } from "../deps.ts";
import { accessRoutes } from "./access.ts";
import { auditRoutes } from "./audit.ts";
import { credentialRoutes } from "./credentials.ts";
import { docsRoutes } from "./docs.ts";
import { eventRoutes } from "./events.ts";
import { fileRoutes } from "./files.ts";
import { keyRoutes } from "./keys.ts";
import { leaseRoutes } from "./leases.ts";
import { loginRoutes } from "./login.ts";
import { meRoutes } from "./me.ts";
import { namespaceRoutes } from "./namespaces.ts";
import { pipelineRoutes } from "./pipelines.ts";
import { pipelineVersionRoutes } from "./pipeline-versions.ts";
import { pluginRoutes } from "./plugins.ts";
import { runLogRoutes } from "./run-logs.ts";
import { runRoutes } from "./runs.ts";
import { sharingRoutes } from "./sharing.ts";
import { slotRoutes } from "./slots.ts";
import { statusRoutes } from "./status.ts";
import { triggerRoutes } from "./triggers.ts";
import { webhookRoutes } from "./webhooks.ts";

/** All routes of the public API. */
export const ROUTES: readonly ((app: App, deps: HttpDeps) => void)[] = [
  statusRoutes,
  docsRoutes,
  pluginRoutes,
  slotRoutes,
  loginRoutes,
  meRoutes,
  sharingRoutes,
  accessRoutes,
  keyRoutes,
  credentialRoutes,
  leaseRoutes,
  namespaceRoutes,
  fileRoutes,
  pipelineRoutes,
  pipelineVersionRoutes,
  triggerRoutes,
  webhookRoutes,
  runRoutes,
  runLogRoutes,
  auditRoutes,
  eventRoutes,
];
