import { textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { afterStart, connectForWait, demandStreamFormat } from "./after-start.ts";

/** `rat run retry <run>`: the same once more, as a new run. */
export async function runRetry(context: CommandContext): Promise<ExitCode> {
  const [id = ""] = context.args;
  demandStreamFormat(context, `rat run retry ${id}`);
  const client = await connectForWait(context);
  const idempotencyKey = textFlag(context.flags, "idempotencyKey");
  return afterStart(context, client, await client.runs.retry(id, { idempotencyKey }));
}
