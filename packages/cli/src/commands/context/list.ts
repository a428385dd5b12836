import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { CONTEXT_COLUMNS, shownContext } from "./context-view.ts";

/** `rat context list`. */
export async function contextList(context: CommandContext): Promise<ExitCode> {
  const { current, contexts } = await context.contexts.read();
  const items = [...contexts].map(([name, saved]) => shownContext(name, saved, name === current));
  const empty = "No contexts. `rat login --addr URL` makes one, `rat context add` too.";
  await context.show(listView(items, { columns: CONTEXT_COLUMNS, name: ({ name }) => name, empty }));
  return 0;
}
