import { accessRoutes } from "./access/access-routes.ts";
import { auditRoutes } from "./audit/audit-routes.ts";
import { configRoutes } from "./config/config-routes.ts";
import { credentialsRoutes } from "./credentials/credentials-routes.ts";
import { docsRoutes } from "./docs/docs-routes.ts";
import { eventsRoutes } from "./events/events-routes.ts";
import { filesRoutes } from "./files/files-routes.ts";
import type { Route } from "./kit/route.ts";
import { keysRoutes } from "./keys/keys-routes.ts";
import { leasesRoutes } from "./leases/leases-routes.ts";
import { loginRoutes } from "./login/login-routes.ts";
import { meRoutes } from "./me/me-routes.ts";
import { namespacesRoutes } from "./namespaces/namespaces-routes.ts";
import { pipelinesRoutes } from "./pipelines/pipelines-routes.ts";
import { versionsRoutes } from "./pipelines/versions-routes.ts";
import { pluginsRoutes } from "./plugins/plugins-routes.ts";
import { runLogsRoutes } from "./runs/run-logs-routes.ts";
import { runsRoutes } from "./runs/runs-routes.ts";
import { sharingRoutes } from "./sharing/sharing-routes.ts";
import { slotsRoutes } from "./slots/slots-routes.ts";
import { statusRoutes } from "./status/status-routes.ts";
import { triggersRoutes } from "./triggers/triggers-routes.ts";
import { webhooksRoutes } from "./webhooks/webhooks-routes.ts";

/** The routes of the API, in the order of the OpenAPI document. */
export const API_ROUTES: readonly Route[] = [
  ...statusRoutes,
  ...pluginsRoutes,
  ...slotsRoutes,
  ...configRoutes,
  ...loginRoutes,
  ...meRoutes,
  ...sharingRoutes,
  ...accessRoutes,
  ...keysRoutes,
  ...credentialsRoutes,
  ...leasesRoutes,
  ...namespacesRoutes,
  ...filesRoutes,
  ...pipelinesRoutes,
  ...versionsRoutes,
  ...triggersRoutes,
  ...webhooksRoutes,
  ...runsRoutes,
  ...runLogsRoutes,
  ...auditRoutes,
  ...eventsRoutes,
];

/** All routes of the public listener. */
export const ROUTES: readonly Route[] = [...API_ROUTES, ...docsRoutes(API_ROUTES)];
