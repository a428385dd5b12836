import { leaseView } from "../access/lease-view.ts";
import type { CommandContext } from "../command-spec.ts";
import type { ExitCode } from "../exit-codes.ts";

/** `rat access leases show <lease>`. */
export async function accessLeasesShow(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  await context.show(leaseView(await client.leases.get(context.args[0] ?? "")));
  return 0;
}
