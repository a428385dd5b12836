import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { leaseView } from "./lease-view.ts";

/** `rat access leases show <lease>`. */
export async function accessLeasesShow(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  await context.show(leaseView(await client.leases.get(context.args[0] ?? "")));
  return 0;
}
