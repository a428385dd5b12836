import { Type } from "typebox";
import { NAME_PATTERN } from "../../pipeline-id.ts";
import { TRIGGER_KINDS } from "../../triggers/trigger.ts";
import { pageQuery } from "../kit/cursor.ts";
import { json, layer, nullable, time } from "../kit/fields.ts";

const Trigger = Type.Object(
  {
    id: Type.String(),
    pipeline: Type.String({ description: "`namespace/layer/name`." }),
    kind: Type.Enum([...TRIGGER_KINDS]),
    config: json("Its shape belongs to the kind."),
    paused: Type.Boolean(),
    next_fires: Type.Array(time("When it fires."), { description: "The next times, of cron triggers." }),
    last_fired_at: nullable(time("When it last fired.")),
    last_run_id: nullable(Type.String()),
    last_error: Type.String({
      description: "Why the last fire started nothing, or why the trigger cannot be read; empty otherwise.",
    }),
    created_by: Type.String({ description: "In whose name its runs are." }),
    created_at: time("When it was made."),
    updated_at: time("When it last changed."),
  },
  { $id: "Trigger", description: "What starts runs without a person." },
);

/** The shapes of triggers. */
export const triggersShapes = {
  Trigger,
  TriggerSecrets: Type.Object(
    {
      ...Trigger.properties,
      token: nullable(Type.String({ description: "For `Authorization: Bearer`. Shown this once." })),
      secret: nullable(Type.String({ description: "Key of the signatures. Shown this once." })),
    },
    { $id: "TriggerSecrets", description: "A trigger with the secrets of its webhook." },
  ),
  Fired: Type.Object({ run_id: Type.String() }, { $id: "Fired" }),
} as const;

/** What requests about triggers send. */
export const triggersBodies = {
  trigger: Type.Object({
    kind: Type.Enum([...TRIGGER_KINDS]),
    config: Type.Optional(
      json(
        "cron: schedule, time_zone, catch_up. webhook: verify. upstream: pipeline. event: event, object, min_interval_seconds.",
      ),
    ),
    paused: Type.Optional(Type.Boolean({ default: false })),
  }),
  triggerChange: Type.Object({
    config: Type.Optional(json("Keys to change; null takes one away.")),
    paused: Type.Optional(Type.Boolean()),
  }),
};

/** What paths about triggers name. */
export const triggerParams = Type.Object({ id: Type.String({ pattern: "^trg_[0-9a-f]{24}$" }) });

/** Which triggers are wanted. */
export const triggersQuery = Type.Object({
  namespace: Type.Optional(Type.String({ pattern: NAME_PATTERN })),
  layer: Type.Optional(layer),
  pipeline: Type.Optional(Type.String({ description: "Its name.", pattern: NAME_PATTERN })),
  kind: Type.Optional(Type.Enum([...TRIGGER_KINDS])),
  paused: Type.Optional(Type.Enum(["true", "false"])),
  ...pageQuery,
});
