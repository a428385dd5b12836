import { Type } from "typebox";
import { SLOT_NAMES } from "../../config/schema.ts";
import { RatError } from "../../errors.ts";
import type { App, HttpDeps } from "../deps.ts";
import { problems, shape } from "../schemas.ts";
import { slotView } from "../views/status-views.ts";

/** The five slots. */
export function slotRoutes(app: App, deps: HttpDeps): void {
  const tags = ["slots"];

  app.get(
    "/api/v1/slots",
    {
      config: { scope: "slots:read" },
      schema: {
        tags,
        summary: "List the slots",
        response: {
          200: Type.Object({ slots: Type.Array(shape("Slot")), total: Type.Integer() }),
          ...problems,
        },
      },
    },
    ({ rat }) => ({
      slots: SLOT_NAMES.map((slot) => slotView(deps, rat.slots, slot)),
      total: SLOT_NAMES.length,
    }),
  );

  app.get(
    "/api/v1/slots/:slot",
    {
      config: { scope: "slots:read" },
      schema: {
        tags,
        summary: "Show a slot",
        params: Type.Object({ slot: Type.String() }),
        response: { 200: shape("Slot"), ...problems },
      },
    },
    ({ rat, params }) => {
      const slot = SLOT_NAMES.find((name) => name === params.slot);
      if (slot === undefined) {
        throw new RatError(
          "not_found",
          `There is no slot "${params.slot}"; the slots are ${SLOT_NAMES.join(", ")}.`,
        );
      }
      return slotView(deps, rat.slots, slot);
    },
  );
}
