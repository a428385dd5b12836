import { Type } from "typebox";
import { SLOT_NAMES } from "../../config/schema.ts";
import { RatError } from "../../errors.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import { slotView } from "./slots-views.ts";

const tags = ["slots"];

/** The five slots. */
export const slotsRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/slots",
    config: { scope: "slots:read" },
    schema: {
      tags,
      summary: "List the slots",
      response: {
        200: Type.Object({ slots: Type.Array(shape("Slot")), total: Type.Integer() }),
        ...problems,
      },
    },
    handle: (services, { rat }) => ({
      slots: SLOT_NAMES.map((slot) => slotView(services, rat.slots, slot)),
      total: SLOT_NAMES.length,
    }),
  }),
  route({
    method: "GET",
    url: "/api/v1/slots/:slot",
    config: { scope: "slots:read" },
    schema: {
      tags,
      summary: "Show a slot",
      params: Type.Object({ slot: Type.String() }),
      response: { 200: shape("Slot"), ...problems },
    },
    handle(services, { rat, params }) {
      const slot = SLOT_NAMES.find((name) => name === params.slot);
      if (slot !== undefined) return slotView(services, rat.slots, slot);
      const known = SLOT_NAMES.join(", ");
      throw new RatError("not_found", `There is no slot "${params.slot}"; the slots are ${known}.`);
    },
  }),
];
