import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { namespaceView } from "./namespace-view.ts";

/** `rat namespace show <namespace>`. */
export async function namespaceShow(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  await context.show(namespaceView(await client.namespaces.get(context.args[0] ?? "")));
  return 0;
}
