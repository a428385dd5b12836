import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { changesView } from "./config-view.ts";

/** `rat config diff`: what a reload would change. */
export async function configDiff(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  await context.show(changesView(await client.config.diff(), "rat.yaml says what is in force."));
  return 0;
}
