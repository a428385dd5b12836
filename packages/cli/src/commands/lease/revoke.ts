import type { CommandContext } from "../../kit/command-spec.ts";
import { confirm } from "../../kit/confirm.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";

/** `rat access leases revoke <lease>`: 1 when the credentials work on. */
export async function accessLeasesRevoke(context: CommandContext): Promise<ExitCode> {
  const [id = ""] = context.args;
  const client = await context.connect();
  await confirm(context, `End the lease ${id}, and the work of whoever uses it?`);
  const { lease, ended } = await client.leases.revoke(id);
  const text = ended
    ? `ended ${id}: its credentials work no more`
    : `ended ${id}: it is not renewed, but its credentials work until ${lease.expires_at ?? "their end"}`;
  await context.show(recordView({ lease, ended }, { name: id, text: () => [text] }));
  return ended ? 0 : 1;
}
