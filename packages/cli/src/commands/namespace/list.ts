import { numberFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { namespaceColumns } from "./namespace-view.ts";

/** `rat namespace list`: the namespaces. */
export async function namespaceList(context: CommandContext): Promise<ExitCode> {
  const limit = numberFlag(context.flags, "limit", { min: 1, max: 1_000_000 });
  const client = await context.connect();
  const columns = namespaceColumns(context.terminal.now());
  const empty = "No namespaces.";
  const namespaces = await client.namespaces.list({ limit });
  await context.show(listView(namespaces, { columns, name: ({ name }) => name, empty }));
  return 0;
}
