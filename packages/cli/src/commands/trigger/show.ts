import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { triggerView } from "./trigger-view.ts";

/** `rat trigger show <trigger>`. */
export async function triggerShow(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  await context.show(triggerView(await client.triggers.get(context.args[0] ?? "")));
  return 0;
}
