import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { keyView } from "./key-view.ts";

/** `rat access keys show <key>`. */
export async function accessKeysShow(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  await context.show(keyView(await client.keys.get(context.args[0] ?? ""), context.terminal.now()));
  return 0;
}
