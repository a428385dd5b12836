import type { CommandContext } from "../../kit/command-spec.ts";
import { formatAge } from "../../output/age.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { renderFields } from "../../output/fields.ts";
import { recordView } from "../../output/view.ts";
import { SLOT_STATES } from "./slot-states.ts";
import { stateText } from "./slots-view.ts";

/** `rat slots show <slot>`: one slot, who serves it and why. */
export async function slotsShow(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  const slot = await client.slots.get(context.args[0] ?? "");
  const age = formatAge(slot.since, context.terminal.now());
  await context.show(
    recordView(slot, {
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
    }),
  );
  return 0;
}
