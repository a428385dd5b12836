import type { EventBus } from "../events/event-bus.ts";
import type { Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import { SLOT_STATES, type SlotStatus } from "./slot.ts";

/** Whether a configured plugin, checked before, is not serving its slot: loud. */
export function isMissing({ plugin, servedBy, health }: SlotStatus): boolean {
  return plugin !== undefined && servedBy !== "plugin" && health?.checkedAt !== undefined;
}

/** Those who hear of a slot's state. */
export interface SlotEffectsDeps {
  readonly events: EventBus;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Requests that stand-ins have answered or refused since the start. */
  readonly standIns: (slot: SlotStatus["slot"]) => number;
}

/** Writes the gauges of a slot. */
export function showSlot(metrics: Metrics, { slot, state, servedBy, plugin }: SlotStatus): void {
  for (const name of SLOT_STATES) metrics.slotState.set({ slot, state: name }, name === state ? 1 : 0);
  if (plugin === undefined) return;
  metrics.slotFallbackActive.set({ slot, mode: plugin.onDown }, servedBy === "plugin" ? 0 : 1);
}

/** What follows from a slot's change of state: metric, event, and a log record that nobody can miss. */
export function slotEffects({ events, metrics, logger, standIns }: SlotEffectsDeps) {
  return (before: SlotStatus, after: SlotStatus): void => {
    showSlot(metrics, after);
    const { slot, state, reason, plugin } = after;
    const facts = {
      plugin: plugin?.name ?? null,
      from: before.state,
      to: state,
      on_down: plugin?.onDown ?? null,
      reason,
    };
    events.publish("slots", `slot.${state}`, slot, facts);
    const record = { slot, ...facts, fallback_requests: standIns(slot) };
    if (isMissing(after)) {
      logger.error({ ...record, event: "slot.fallback.engaged" }, `${slot} slot: ${state}. ${reason}`);
    } else if (isMissing(before)) {
      events.publish("slots", "slot.recovered", slot, { ...facts, lasted_ms: after.since - before.since });
      logger.error(
        { ...record, event: "slot.fallback.disengaged", lasted_ms: after.since - before.since },
        `${slot} slot: recovered after ${state === "active" ? "" : "a "}${before.state}. ${reason}`,
      );
    } else {
      logger.info(record, `${slot} slot: ${state}`);
    }
  };
}
