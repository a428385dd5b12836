import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { grantColumns } from "./grant-view.ts";

/** `rat access shares list <type> <id>`. */
export async function accessSharesList(context: CommandContext): Promise<ExitCode> {
  const [type = "", id = ""] = context.args;
  const client = await context.connect();
  const grants = await client.sharing.list({
    resource_type: type,
    resource_id: id,
    include_ended: context.flags["ended"] === true,
  });
  const columns = grantColumns(context.terminal.now(), { thing: false });
  const empty = `Nobody. Share it with: rat access shares add ${type} ${id} --user USER --permission read`;
  await context.show(listView(grants, { columns, name: ({ grant_id: grant }) => grant, empty }));
  return 0;
}
