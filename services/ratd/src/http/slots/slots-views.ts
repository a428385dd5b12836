import { formatHostPort } from "../../config/host-port.ts";
import type { SlotName } from "../../config/schema.ts";
import type { SlotSnapshot } from "../../slots/slot-snapshot.ts";
import type { HttpServices } from "../deps.ts";
import type { Shape } from "../schemas.ts";

/** What shows slots. */
type Services = Pick<HttpServices, "plugins" | "slots">;

/** A slot as /api/v1/slots shows it. */
export function slotView(services: Services, slots: SlotSnapshot, slot: SlotName): Shape<"Slot"> {
  const { plugin } = slots.statuses[slot];
  return {
    name: slot,
    ...slotSummary(services, slots, slot),
    image: plugin?.image ?? null,
    address: plugin === undefined ? null : formatHostPort(plugin.address),
  };
}

/** How a slot stands. */
export function slotSummary(services: Services, slots: SlotSnapshot, slot: SlotName): Shape<"SlotSummary"> {
  const { state, servedBy, plugin, health, reason, since } = slots.statuses[slot];
  const running = services.plugins.find(({ config }) => config === plugin);
  return {
    state,
    served_by: servedBy,
    plugin: plugin?.name ?? null,
    version: running?.identity.version ?? null,
    health: health?.status ?? null,
    on_down: plugin?.onDown ?? null,
    reason,
    since: new Date(since).toISOString(),
    fallback_requests: services.slots.standIns(slot),
  };
}
