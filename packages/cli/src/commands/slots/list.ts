import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { slotListColumns } from "./slots-view.ts";

/** `rat slots list`: the slots as ratd's operators see them. */
export async function slotsList(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  const columns = slotListColumns(context.terminal.now());
  const empty = "ratd knows no slots.";
  await context.show(listView(await client.slots.list(), { columns, name: (slot) => slot.name, empty }));
  return 0;
}
