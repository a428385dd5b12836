import type { CommandContext } from "../../kit/command-spec.ts";
import { confirm } from "../../kit/confirm.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { removedView } from "../../output/removed-view.ts";

/** `rat access shares remove <grant>`. */
export async function accessSharesRemove(context: CommandContext): Promise<ExitCode> {
  const [id = ""] = context.args;
  const client = await context.connect();
  await confirm(context, `Take back the grant ${id}?`);
  await client.sharing.revoke(id);
  await context.show(removedView("grant", id));
  return 0;
}
