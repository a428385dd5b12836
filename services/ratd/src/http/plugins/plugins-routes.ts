import { Type } from "typebox";
import { RatError } from "../../errors.ts";
import type { HttpServices } from "../deps.ts";
import { healthStatus } from "../kit/fields.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, schemas, shape } from "../schemas.ts";
import { slotName } from "../slots/slots-shapes.ts";
import { addressViews, healthEventView, pluginView } from "./plugins-views.ts";

const SHOWN_HISTORY = 100;
const tags = ["plugins"];

/** The plugins that ratd knows. */
export const pluginsRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/plugins",
    config: { scope: "plugins:read" },
    schema: {
      tags,
      summary: "List the plugins",
      querystring: Type.Object({ slot: Type.Optional(slotName), health: Type.Optional(healthStatus) }),
      response: {
        200: Type.Object({ plugins: Type.Array(shape("Plugin")), total: Type.Integer() }),
        ...problems,
      },
    },
    handle(services, { query }) {
      const list = services.registry
        .list()
        .filter(({ slot }) => query.slot === undefined || slot === query.slot)
        .filter(({ status }) => query.health === undefined || status === query.health)
        .map((record) => pluginView(record, running(services, record.name)));
      return { plugins: list, total: list.length };
    },
  }),
  route({
    method: "GET",
    url: "/api/v1/plugins/:id",
    config: { scope: "plugins:read" },
    schema: {
      tags,
      summary: "Show a plugin, its addresses and the history of its health",
      params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 128 }) }),
      response: {
        200: Type.Object({
          ...schemas.Plugin.properties,
          addresses: Type.Array(shape("PluginAddress")),
          health_history: Type.Array(shape("HealthEvent")),
        }),
        ...problems,
      },
    },
    async handle(services, { params: { id } }) {
      const { registry } = services;
      const record = registry.get(id);
      if (record === undefined) throw new RatError("not_found", `There is no plugin "${id}".`);
      const history = await registry.history(id, SHOWN_HISTORY);
      return {
        ...pluginView(record, running(services, id)),
        addresses: addressViews(running(services, id)),
        health_history: history.map(healthEventView),
      };
    },
  }),
];

function running({ plugins }: Pick<HttpServices, "plugins">, id: string) {
  return plugins.find(({ config }) => config.name === id);
}
