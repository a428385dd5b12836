import { keyView } from "../access/key-view.ts";
import type { CommandContext } from "../command-spec.ts";
import type { ExitCode } from "../exit-codes.ts";

/** `rat access keys show <key>`. */
export async function accessKeysShow(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  await context.show(keyView(await client.keys.get(context.args[0] ?? ""), context.terminal.now()));
  return 0;
}
