import { Type } from "typebox";
import { SLOT_NAMES } from "../../config/schema.ts";
import { RatError } from "../../errors.ts";
import type { App, HttpDeps } from "../deps.ts";
import { problems, schemas, shape } from "../schemas.ts";
import { addressViews, healthEventView, pluginView } from "../views/plugin-views.ts";

const SHOWN_HISTORY = 100;

/** The plugins that ratd knows. */
export function pluginRoutes(app: App, { registry, plugins }: HttpDeps): void {
  const running = (id: string) => plugins.find(({ config }) => config.name === id);
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
      const list = registry
        .list()
        .filter(({ slot }) => query.slot === undefined || slot === query.slot)
        .filter(({ status }) => query.health === undefined || status === query.health)
        .map((record) => pluginView(record, running(record.name)));
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
      const record = registry.get(id);
      if (record === undefined) throw new RatError("not_found", `There is no plugin "${id}".`);
      const history = await registry.history(id, SHOWN_HISTORY);
      return {
        ...pluginView(record, running(id)),
        addresses: addressViews(running(id)),
        health_history: history.map(healthEventView),
      };
    },
  );
}
