import { Type } from "typebox";
import { healthStatus, nullable, time } from "../kit/fields.ts";
import { slotName } from "../slots/slots-shapes.ts";

/** The shapes of plugins. */
export const pluginsShapes = {
  Plugin: Type.Object(
    {
      id: Type.String(),
      name: Type.String(),
      slot: nullable(slotName),
      plugin_type: Type.String({
        description: "The slot that it fills; empty for a plugin that fills none.",
      }),
      source: Type.String(),
      image: Type.String(),
      address: Type.String(),
      version: nullable(Type.String()),
      contracts: Type.Array(Type.String()),
      capabilities: Type.Array(Type.String()),
      wire: nullable(Type.String({ description: "How ratd talks to it." })),
      state: Type.Enum(["enabled", "unloaded"]),
      enabled: Type.Boolean(),
      health: healthStatus,
      message: Type.String(),
      last_health: nullable(time("End of the last check.")),
      health_since: time("When this health began."),
      signature_status: Type.String(),
      trust_basis: Type.String(),
      registered_at: time("First time in rat.yaml."),
      removed_at: nullable(time("When it left rat.yaml.")),
    },
    { $id: "Plugin" },
  ),
  HealthEvent: Type.Object(
    {
      from: healthStatus,
      to: healthStatus,
      message: Type.String(),
      at: time("When."),
    },
    { $id: "HealthEvent" },
  ),
  PluginAddress: Type.Object(
    {
      address: Type.String(),
      connected: Type.Boolean(),
      ejected: Type.Boolean({ description: "Whether calls go elsewhere." }),
      wire: nullable(Type.String()),
    },
    { $id: "PluginAddress" },
  ),
} as const;
