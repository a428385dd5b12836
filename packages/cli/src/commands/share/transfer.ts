import { textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";

/** `rat access shares transfer <type> <id> --to <user>`. */
export async function accessSharesTransfer(context: CommandContext): Promise<ExitCode> {
  const { args, flags } = context;
  const [type = "", id = ""] = args;
  const to = textFlag(flags, "to");
  if (to === undefined) throw new CliError("bad_usage", "--to is missing: who is to own it");
  const client = await context.connect();
  const from = textFlag(flags, "from") ?? (await client.me()).user_id;
  await client.sharing.transfer({ resource_type: type, resource_id: id, to_user_id: to, from_user_id: from });
  const moved = { resource_type: type, resource_id: id, from, to };
  await context.show(recordView(moved, { name: id, text: () => [`${type} ${id} belongs to ${to} now`] }));
  context.say(
    `Undo, by ${to} or an admin: rat access shares transfer ${type} ${id} --to ${from} --from ${to}`,
  );
  return 0;
}
