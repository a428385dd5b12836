import { Type } from "typebox";
import { RatError } from "../../errors.ts";
import type { Plugin } from "../../plugins/plugin.ts";
import type { HttpServices } from "../deps.ts";
import { healthStatus } from "../kit/fields.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, schemas, shape, type Shape } from "../schemas.ts";
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
    handle({ plugins }, { query }) {
      const { store, history } = plugins;
      const list = store
        .list()
        .filter(({ slot }) => query.slot === undefined || slot === query.slot)
        .filter(({ name }) => query.health === undefined || history.latest(name)?.status === query.health)
        .map((record) => knownView(plugins, record));
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
    async handle({ plugins }, { params: { id } }) {
      const record = plugins.store.get(id);
      if (record === undefined) throw new RatError("not_found", `There is no plugin "${id}".`);
      const changes = await plugins.history.history(id, SHOWN_HISTORY);
      return {
        ...knownView(plugins, record),
        addresses: addressViews(plugins.configured.find(id)?.plugin),
        health_history: changes.map(healthEventView),
      };
    },
  }),
];

function knownView({ history, configured }: HttpServices["plugins"], record: Plugin): Shape<"Plugin"> {
  return pluginView(record, history.latest(record.name), configured.find(record.name)?.plugin);
}
