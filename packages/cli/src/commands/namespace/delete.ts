import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { removedView } from "../../output/removed-view.ts";

/** `rat namespace delete <namespace>`: ratd refuses while it has pipelines or files. */
export async function namespaceDelete(context: CommandContext): Promise<ExitCode> {
  const [name = ""] = context.args;
  const client = await context.connect();
  await client.namespaces.delete(name);
  await context.show(removedView("namespace", name));
  return 0;
}
