import type { App, HttpDeps } from "../deps.ts";
import { accessRoutes } from "./access.ts";
import { credentialRoutes } from "./credentials.ts";
import { docsRoutes } from "./docs.ts";
import { eventRoutes } from "./events.ts";
import { meRoutes } from "./me.ts";
import { pluginRoutes } from "./plugins.ts";
import { runLogRoutes } from "./run-logs.ts";
import { runRoutes } from "./runs.ts";
import { sharingRoutes } from "./sharing.ts";
import { slotRoutes } from "./slots.ts";
import { statusRoutes } from "./status.ts";

/** All routes of the public API. */
export const ROUTES: readonly ((app: App, deps: HttpDeps) => void)[] = [
  statusRoutes,
  docsRoutes,
  pluginRoutes,
  slotRoutes,
  meRoutes,
  sharingRoutes,
  accessRoutes,
  credentialRoutes,
  runRoutes,
  runLogRoutes,
  eventRoutes,
];
