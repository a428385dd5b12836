import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { slotView } from "./slots-view.ts";

/** `rat slots show <slot>`: one slot, who serves it and why. */
export async function slotsShow(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  const slot = await client.slots.get(context.args[0] ?? "");
  await context.show(slotView(slot, context.terminal.now()));
  return 0;
}
