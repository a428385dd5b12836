import { numberFlag, textFlag, textFlags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { grantColumns } from "./grant-view.ts";

/** `rat access shares received`. */
export async function accessSharesReceived(context: CommandContext): Promise<ExitCode> {
  const { flags, terminal } = context;
  const roles = textFlags(flags, "role");
  const client = await context.connect();
  const grants = await client.sharing.received({
    user_id: textFlag(flags, "user"),
    roles: roles.length === 0 ? undefined : roles,
    resource_type: textFlag(flags, "type"),
    limit: numberFlag(flags, "limit", { min: 1, max: 1_000_000 }),
  });
  const columns = grantColumns(terminal.now(), { thing: true });
  const empty = "Nothing is shared.";
  await context.show(listView(grants, { columns, name: ({ grant_id: grant }) => grant, empty }));
  return 0;
}
