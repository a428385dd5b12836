import { Type } from "typebox";
import { SLOT_NAMES } from "../../config/schema.ts";
import { SLOT_STATES } from "../../slots/slot.ts";
import { healthStatus, nullable, time } from "../kit/fields.ts";

/** The name of a slot. */
export const slotName = Type.Enum([...SLOT_NAMES]);

/** How a slot stands. */
export const slotFields = {
  state: Type.Enum([...SLOT_STATES]),
  served_by: Type.Enum(["plugin", "builtin", "nobody"]),
  plugin: nullable(Type.String()),
  version: nullable(Type.String()),
  health: nullable(healthStatus),
  on_down: nullable(Type.Enum(["noop", "deny"])),
  reason: Type.String({ description: "Why, one sentence." }),
  since: time("When the state began."),
  fallback_requests: Type.Integer({
    description: "Requests that a stand-in answered or refused since the start.",
  }),
};

/** The shapes of slots. */
export const slotsShapes = {
  SlotSummary: Type.Object(slotFields, { $id: "SlotSummary", description: "How a slot stands." }),
  Slot: Type.Object(
    {
      name: slotName,
      ...slotFields,
      image: nullable(Type.String()),
      address: nullable(Type.String()),
    },
    { $id: "Slot", description: "A slot with its plugin." },
  ),
} as const;
