import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { runView } from "./run-view.ts";

/** `rat run show <run>`: one run with its attempts. */
export async function runShow(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  const { run, attempts } = await client.runs.get(context.args[0] ?? "");
  await context.show(runView(run, attempts));
  return 0;
}
