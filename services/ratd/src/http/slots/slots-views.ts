import { formatHostPort } from "../../platform/host-port.ts";
import type { SlotName } from "../../config/schema.ts";
import type { ConfiguredPlugin } from "../../plugins/configured-plugins.ts";
import type { SlotSnapshot } from "../../slots/slot-snapshot.ts";
import type { HttpServices } from "../deps.ts";
import type { Shape } from "../schemas.ts";

/** What shows slots. */
type Services = Pick<HttpServices, "plugins" | "slots">;

/** A slot as /api/v1/slots shows it. */
export function slotView(services: Services, slots: SlotSnapshot, slot: SlotName): Shape<"Slot"> {
  const entry = runningIn(services, slots, slot)?.entry;
  return {
    name: slot,
    ...slotSummary(services, slots, slot),
    image: entry?.image ?? null,
    address: entry === undefined ? null : formatHostPort(entry.target.address),
  };
}

/** How a slot stands. */
export function slotSummary(services: Services, slots: SlotSnapshot, slot: SlotName): Shape<"SlotSummary"> {
  const { plugin, status } = slots.bindings[slot];
  const { state, servedBy, health, reason, since } = status;
  return {
    state,
    served_by: servedBy,
    plugin: plugin?.name ?? null,
    version: runningIn(services, slots, slot)?.plugin.description.version ?? null,
    health: health?.status ?? null,
    on_down: plugin?.onDown ?? null,
    reason,
    since: new Date(since).toISOString(),
    fallback_requests: services.slots.standIns(slot),
  };
}

function runningIn({ plugins }: Services, slots: SlotSnapshot, slot: SlotName): ConfiguredPlugin | undefined {
  const { plugin: bound } = slots.bindings[slot];
  return plugins.configured.list().find(({ plugin }) => plugin.id === bound?.id);
}
