import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { changesView } from "./config-view.ts";

/** `rat config reload`: puts rat.yaml in force, and shows what has changed. */
export async function configReload(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  await context.show(changesView(await client.config.reload(), "Nothing in rat.yaml has changed."));
  return 0;
}
