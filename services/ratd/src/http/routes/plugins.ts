import { Type } from "typebox";
import { SLOT_NAMES } from "../../config/schema.ts";
import { RatError } from "../../errors.ts";
import type { Plugin } from "../../plugins/plugin.ts";
import type { App, HttpDeps } from "../deps.ts";
import { problems, schemas, shape } from "../schemas.ts";
import { addressViews, healthEventView, pluginView } from "../views/plugin-views.ts";

const SHOWN_HISTORY = 100;

/** The plugins that ratd knows. */
export function pluginRoutes(app: App, { plugins }: HttpDeps): void {
  const { store, history, configured } = plugins;
  const view = (record: Plugin) =>
    pluginView(record, history.latest(record.name), configured.find(record.name)?.plugin);
  const tags = ["plugins"];

  app.get(
    "/api/v1/plugins",
    {
      config: { scope: "plugins:read" },
      schema: {
        tags,
        summary: "List the plugins",
        querystring: Type.Object({
          slot: Type.Optional(Type.Enum([...SLOT_NAMES])),
          health: Type.Optional(Type.Enum(["healthy", "degraded", "down", "unknown"])),
        }),
        response: {
          200: Type.Object({ plugins: Type.Array(shape("Plugin")), total: Type.Integer() }),
          ...problems,
        },
      },
    },
    ({ query }) => {
      const list = store
        .list()
        .filter(({ slot }) => query.slot === undefined || slot === query.slot)
        .filter(({ name }) => query.health === undefined || history.latest(name)?.status === query.health)
        .map(view);
      return { plugins: list, total: list.length };
    },
  );

  app.get(
    "/api/v1/plugins/:id",
    {
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
    },
    async ({ params: { id } }) => {
      const record = store.get(id);
      if (record === undefined) throw new RatError("not_found", `There is no plugin "${id}".`);
      const changes = await history.history(id, SHOWN_HISTORY);
      return {
        ...view(record),
        addresses: addressViews(configured.find(id)?.plugin),
        health_history: changes.map(healthEventView),
      };
    },
  );
}
