import type { CommandContext } from "../../kit/command-spec.ts";
import { confirm } from "../../kit/confirm.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { removedView } from "../../output/removed-view.ts";

/** `rat access keys revoke <key>`. */
export async function accessKeysRevoke(context: CommandContext): Promise<ExitCode> {
  const [id = ""] = context.args;
  const client = await context.connect();
  await confirm(context, `End the API key ${id} for good?`);
  await client.keys.revoke(id);
  await context.show(removedView("key", id));
  return 0;
}
