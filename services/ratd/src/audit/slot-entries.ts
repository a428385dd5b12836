import { isMissing } from "../slots/slot-effects.ts";
import type { SlotBinding } from "../slots/slot-binding.ts";
import type { AuditEntry } from "./audit.ts";

/** The audit entries of a slot's change of state: `slot.<state>`, and `slot.recovered` when its plugin is back. */
export function slotEntries(before: SlotBinding, after: SlotBinding): readonly AuditEntry[] {
  const { plugin } = after;
  const { slot, state, reason, since } = after.status;
  const entry = {
    result: "ok",
    actor: "ratd",
    authMode: "none",
    objectType: "slot",
    objectId: slot,
    details: {
      plugin: plugin?.name ?? null,
      from: before.status.state,
      to: state,
      on_down: plugin?.onDown ?? null,
      reason,
    },
  } as const;
  const recovered = isMissing(before) && !isMissing(after);
  return [
    { ...entry, action: `slot.${state}` },
    ...(recovered
      ? [
          {
            ...entry,
            action: "slot.recovered",
            details: { ...entry.details, lasted_ms: since - before.status.since },
          },
        ]
      : []),
  ];
}
