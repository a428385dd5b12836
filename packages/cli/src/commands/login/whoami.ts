import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { callerView } from "./caller-view.ts";

/** `rat whoami`. */
export async function whoami(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  const me = await client.me();
  const target = await context.target();
  await context.show(
    callerView(me, { address: client.address, context: target.context, source: target.source }),
  );
  return 0;
}
