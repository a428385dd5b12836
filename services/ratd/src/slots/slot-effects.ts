import type { OnDown } from "../config/config.ts";
import type { EventBus } from "../events/event-bus.ts";
import type { Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import { SLOT_NAMES, type SlotName } from "../config/schema.ts";
import type { SlotBinding } from "./slot-binding.ts";
import type { SlotSnapshot } from "./slot-snapshot.ts";
import type { SlotListener } from "./slots.ts";
import { SLOT_STATES } from "./slot.ts";

const ON_DOWN: readonly OnDown[] = ["noop", "deny"];

/** Whether a configured plugin, checked before, is not serving its slot: loud. */
export function isMissing({ plugin, status: { servedBy, health } }: SlotBinding): boolean {
  return plugin !== undefined && servedBy !== "plugin" && health?.checkedAt !== undefined;
}

/** Those who hear of a slot's state. */
export interface SlotEffectsDeps {
  readonly events: EventBus;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Requests that stand-ins have answered or refused since the start. */
  readonly standIns: (slot: SlotName) => number;
}

/** Writes the gauges of all slots. */
export function showSlots(metrics: Metrics, { bindings }: Pick<SlotSnapshot, "bindings">): void {
  for (const slot of SLOT_NAMES) showSlot(metrics, bindings[slot]);
}

/** Writes the gauges of a slot. */
function showSlot(metrics: Metrics, { plugin, status: { slot, state, servedBy } }: SlotBinding): void {
  for (const name of SLOT_STATES) metrics.slotState.set({ slot, state: name }, name === state ? 1 : 0);
  for (const mode of ON_DOWN) {
    if (mode !== plugin?.onDown) metrics.slotFallbackActive.remove({ slot, mode });
  }
  if (plugin === undefined) return;
  metrics.slotFallbackActive.set({ slot, mode: plugin.onDown }, servedBy === "plugin" ? 0 : 1);
}

/** What follows from a slot's change: metric, event, and a log record that nobody can miss. */
export function slotEffects({ events, metrics, logger, standIns }: SlotEffectsDeps): SlotListener {
  return (before, after) => {
    showSlot(metrics, after);
    const { plugin } = after;
    const { slot, state, reason, since } = after.status;
    const facts = {
      plugin: plugin?.name ?? null,
      from: before.status.state,
      to: state,
      on_down: plugin?.onDown ?? null,
      reason,
    };
    events.publish("slots", `slot.${state}`, slot, facts);
    const record = { slot, ...facts, fallback_requests: standIns(slot) };
    if (isMissing(after)) {
      logger.error({ ...record, event: "slot.fallback.engaged" }, `${slot} slot: ${state}. ${reason}`);
    } else if (isMissing(before)) {
      const lasted = since - before.status.since;
      events.publish("slots", "slot.recovered", slot, { ...facts, lasted_ms: lasted });
      logger.error(
        { ...record, event: "slot.fallback.disengaged", lasted_ms: lasted },
        `${slot} slot: recovered after ${state === "active" ? "" : "a "}${before.status.state}. ${reason}`,
      );
    } else {
      logger.info(record, `${slot} slot: ${state}`);
    }
  };
}
