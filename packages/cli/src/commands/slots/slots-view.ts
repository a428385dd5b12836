import type { Health, Slot, SlotState } from "@rat/client";
import { formatAge } from "../../output/age.ts";
import { renderFields } from "../../output/fields.ts";
import type { Column } from "../../output/table.ts";
import { recordView, type View } from "../../output/view.ts";
import { SLOT_STATES } from "./slot-states.ts";

/** A slot as /health shows it, with its name. */
export type NamedSlot = Omit<Slot, "name" | "image" | "address"> & { readonly name: string };

/** The slots of /health in their order. */
export function namedSlots(health: Health): readonly NamedSlot[] {
  return Object.entries(health.slots).map(([name, slot]) => ({ name, ...slot }));
}

/** The state as people see it: sign and word. */
export function stateText(state: SlotState): string {
  return `${SLOT_STATES[state].sign} ${state}`;
}

/** The columns that every table of slots begins with. `now` is milliseconds since 1970. */
export function slotColumns(now: number): readonly Column<NamedSlot>[] {
  return [
    { title: "SLOT", value: (slot) => slot.name },
    {
      title: "STATE",
      value: (slot) => stateText(slot.state),
      tone: (slot) => SLOT_STATES[slot.state].tone,
    },
    { title: "PLUGIN", value: (slot) => slot.plugin },
    { title: "VERSION", value: (slot) => slot.version },
    { title: "HEALTH", value: (slot) => slot.health },
    { title: "SINCE", value: (slot) => (slot.state === "builtin" ? null : formatAge(slot.since, now)) },
  ];
}

/** What is worth a remark about a slot; empty for one that works as configured. */
export function remark(slot: NamedSlot): string {
  switch (slot.state) {
    case "fallback":
      return `on_down ${slot.on_down ?? "noop"}: ${WITHOUT_PLUGIN[slot.name] ?? "the built-in behaviour answers"}`;
    case "denying":
      return `on_down ${slot.on_down ?? "deny"}: calls are refused`;
    case "builtin":
      return "not configured";
    case "degraded":
    case "unknown":
      return slot.reason;
    case "active":
      return "";
  }
}

/** What it means that the built-in of a slot answers in place of its plugin. */
const WITHOUT_PLUGIN: Readonly<Record<string, string>> = {
  auth: "all requests accepted",
  executor: "the built-in executor answers",
  sharing: "no shares listed, changes refused",
  enforcement: "everything allowed",
  cloud: "no credentials given",
};

/** The columns of a list of slots, as their operators see them. `now` is milliseconds since 1970. */
export function slotListColumns(now: number): readonly Column<Slot>[] {
  return [
    ...slotColumns(now),
    { title: "ON_DOWN", value: (slot) => slot.on_down },
    { title: "SERVED BY", value: (slot) => slot.served_by, wide: true },
    { title: "ADDRESS", value: (slot) => slot.address, wide: true },
    { title: "IMAGE", value: (slot) => slot.image, wide: true },
    { title: "REASON", value: (slot) => slot.reason, wide: true },
  ];
}

/** One slot, as its operators see it. `now` is milliseconds since 1970. */
export function slotView(slot: Slot, now: number): View {
  const age = formatAge(slot.since, now);
  return recordView(slot, {
    name: slot.name,
    text: (paint) =>
      renderFields(
        [
          { label: "Slot", value: slot.name, tone: "strong" },
          { label: "State", value: stateText(slot.state), tone: SLOT_STATES[slot.state].tone },
          { label: "Reason", value: slot.reason },
          { label: "Since", value: age === null ? null : `${slot.since} (${age})` },
          { label: "Served by", value: slot.served_by },
          { label: "Plugin", value: slot.plugin },
          { label: "Version", value: slot.version },
          { label: "Health", value: slot.health },
          { label: "Image", value: slot.image },
          { label: "Address", value: slot.address },
          { label: "on_down", value: slot.on_down },
          { label: "Fallback requests", value: String(slot.fallback_requests) },
        ],
        paint,
      ),
  });
}
