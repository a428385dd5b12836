import type { CommandContext } from "../command-spec.ts";
import type { ExitCode } from "../exit-codes.ts";
import { runView } from "../runs/run-view.ts";

/** `rat run show <run>`: one run with its attempts. */
export async function runShow(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  const { run, attempts } = await client.runs.get(context.args[0] ?? "");
  await context.show(runView(run, attempts));
  return 0;
}
