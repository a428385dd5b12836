import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";

/** `rat trigger fire <trigger>`: a run now. */
export async function triggerFire(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  const run = await client.triggers.fire(context.args[0] ?? "");
  await context.show(recordView({ run_id: run }, { name: run, text: () => [`run ${run}`] }));
  context.say(`Follow it with: rat run logs ${run} -f`);
  return 0;
}
