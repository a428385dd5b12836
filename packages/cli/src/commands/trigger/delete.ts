import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { removedView } from "../../output/removed-view.ts";

/** `rat trigger delete <trigger>`. */
export async function triggerDelete(context: CommandContext): Promise<ExitCode> {
  const [id = ""] = context.args;
  const client = await context.connect();
  await client.triggers.delete(id);
  await context.show(removedView("trigger", id));
  return 0;
}
