import { Type } from "typebox";
import { healthStatus, nullable } from "../kit/fields.ts";
import { slotFields } from "../slots/slots-shapes.ts";

/** The shapes of health and features. */
export const statusShapes = {
  Health: Type.Object(
    {
      status: Type.Enum(["ok", "degraded"]),
      version: Type.String(),
      edition: Type.Enum(["community", "pro"]),
      uptime_seconds: Type.Integer(),
      exposure: Type.Enum(["loopback", "network"], { description: "Who can reach the public listener." }),
      services: Type.Record(Type.String(), Type.Enum(["healthy", "down", "unknown"])),
      problems: Type.Array(Type.String(), { description: "What else is wrong, one sentence each." }),
      plugins: Type.Record(Type.String(), healthStatus),
      fallback_active: Type.Boolean({ description: "Whether a configured plugin is not serving its slot." }),
      slots: Type.Record(Type.String(), Type.Object(slotFields)),
    },
    { $id: "Health" },
  ),
  Live: Type.Object({ status: Type.String() }, { $id: "Live" }),
  NotReady: Type.Object(
    {
      status: Type.Enum(["starting", "draining"]),
      awaits: Type.Optional(Type.Array(Type.String(), { description: "What is not there yet." })),
    },
    { $id: "NotReady" },
  ),
  Features: Type.Object(
    {
      edition: Type.Enum(["community", "pro"]),
      auth: Type.Boolean(),
      sharing: Type.Boolean(),
      enforcement: Type.Boolean(),
      container_executor: Type.Boolean(),
      cloud_aws: Type.Boolean(),
      pipeline_triggers: Type.Boolean(),
      pipeline_versions: Type.Boolean(),
      executor_delivery: nullable(
        Type.Enum(["exactly_once", "at_least_once"], {
          description: "How often the executor starts a run; null before it was asked.",
        }),
      ),
      auth_fallback: Type.Boolean({
        description: "Whether callers pass although an auth plugin is configured.",
      }),
    },
    { $id: "Features" },
  ),
} as const;
