import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { triggerView } from "./trigger-view.ts";

/** `rat trigger pause <trigger>`. */
export async function triggerPause(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  await context.show(triggerView(await client.triggers.pause(context.args[0] ?? "")));
  return 0;
}
