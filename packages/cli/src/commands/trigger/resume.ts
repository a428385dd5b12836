import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { triggerView } from "./trigger-view.ts";

/** `rat trigger resume <trigger>`. */
export async function triggerResume(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  await context.show(triggerView(await client.triggers.resume(context.args[0] ?? "")));
  return 0;
}
