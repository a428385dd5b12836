import type { Slot } from "@rat/client";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import type { Column } from "../../output/table.ts";
import { listView } from "../../output/view.ts";
import { slotColumns } from "./slots-view.ts";

/** `rat slots list`: the slots as ratd's operators see them. */
export async function slotsList(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  const columns: readonly Column<Slot>[] = [
    ...slotColumns(context.terminal.now()),
    { title: "ON_DOWN", value: (slot) => slot.on_down },
    { title: "SERVED BY", value: (slot) => slot.served_by, wide: true },
    { title: "ADDRESS", value: (slot) => slot.address, wide: true },
    { title: "IMAGE", value: (slot) => slot.image, wide: true },
    { title: "REASON", value: (slot) => slot.reason, wide: true },
  ];
  const empty = "ratd knows no slots.";
  await context.show(listView(await client.slots.list(), { columns, name: (slot) => slot.name, empty }));
  return 0;
}
