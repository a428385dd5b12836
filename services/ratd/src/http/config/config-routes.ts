import { Type } from "typebox";
import { route, type Route } from "../kit/route.ts";
import { auditFacts } from "../layers/audit.ts";
import { problems, shape } from "../schemas.ts";
import { changesView } from "./config-views.ts";

const RAT_YAML = { type: "config", id: "rat.yaml" };
const tags = ["config"];
const changes = Type.Object({ changes: Type.Array(shape("ConfigChange")), total: Type.Integer() });

/** The rat.yaml of the ratd that answers: each has its own. */
export const configRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/config/diff",
    config: { scope: "config:reload" },
    schema: {
      tags,
      summary: "Show what a reload of rat.yaml would change here",
      response: { 200: changes, ...problems },
    },
    handle: ({ live }) => changesView(live.preview()),
  }),
  route({
    method: "POST",
    url: "/api/v1/config/reload",
    config: {
      scope: "config:reload",
      critical: "config.reload",

      audited: () => RAT_YAML,
    },
    schema: {
      tags,
      summary: "Read rat.yaml again and put it in force here, as a whole or not at all",
      response: { 200: changes, ...problems },
    },
    async handle({ live }, request) {
      // With what has changed, or why nothing has.
      request.rat.recorded = true;
      return changesView(await live.reload(auditFacts(request)));
    },
  }),
];
