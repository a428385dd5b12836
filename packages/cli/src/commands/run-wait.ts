import type { CommandContext } from "../command-spec.ts";
import type { ExitCode } from "../exit-codes.ts";
import { connectForWait } from "../runs/after-start.ts";
import { runView } from "../runs/run-view.ts";
import { outcomeOf, watchRun } from "../runs/watch-run.ts";

/** `rat run wait <run>`: until it has ended; the exit code is its outcome. */
export async function runWait(context: CommandContext): Promise<ExitCode> {
  const client = await connectForWait(context);
  const run = await watchRun(context, client, context.args[0] ?? "");
  if (context.settings.format !== "table") await context.show(runView(run));
  return outcomeOf(context, run);
}
