import type { CommandContext } from "../command-spec.ts";
import type { ExitCode } from "../exit-codes.ts";
import { connectForWait } from "../runs/after-start.ts";
import { runView } from "../runs/run-view.ts";
import { watchRun } from "../runs/watch-run.ts";

/** `rat run cancel <run>`: asks for its end; with --wait stays until then. */
export async function runCancel(context: CommandContext): Promise<ExitCode> {
  const client = await connectForWait(context);
  const asked = await client.runs.cancel(context.args[0] ?? "");
  const run = context.flags["wait"] === true ? await watchRun(context, client, asked.id) : asked;
  await context.show(runView(run));
  // Asked for and done: that a run ends otherwise, because it was faster, is the exception.
  return context.flags["wait"] !== true || run.state === "cancelled" ? 0 : 1;
}
