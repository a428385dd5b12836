import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { connectForWait } from "./after-start.ts";
import { runView } from "./run-view.ts";
import { outcomeOf, watchRun } from "./watch-run.ts";

/** `rat run wait <run>`: until it has ended; the exit code is its outcome. */
export async function runWait(context: CommandContext): Promise<ExitCode> {
  const client = await connectForWait(context);
  const run = await watchRun(context, client, context.args[0] ?? "");
  if (context.settings.format !== "table") await context.show(runView(run));
  return outcomeOf(context, run);
}
