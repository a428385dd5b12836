import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { connectForWait } from "./after-start.ts";
import { runView } from "./run-view.ts";
import { watchRun } from "./watch-run.ts";

/** `rat run cancel <run>`: asks for its end; with --wait stays until then. */
export async function runCancel(context: CommandContext): Promise<ExitCode> {
  const client = await connectForWait(context);
  const asked = await client.runs.cancel(context.args[0] ?? "");
  const run = context.flags["wait"] === true ? await watchRun(context, client, asked.id) : asked;
  await context.show(runView(run));
  // Asked for and done: that a run ends otherwise, because it was faster, is the exception.
  return context.flags["wait"] !== true || run.state === "cancelled" ? 0 : 1;
}
