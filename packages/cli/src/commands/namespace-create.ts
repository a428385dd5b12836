import type { CommandContext } from "../command-spec.ts";
import type { ExitCode } from "../exit-codes.ts";
import { numberFlag, textFlag } from "../flags.ts";
import { namespaceView } from "../pipelines/namespace-view.ts";

/** `rat namespace create <namespace>`. */
export async function namespaceCreate(context: CommandContext): Promise<ExitCode> {
  const [name = ""] = context.args;
  const maxRunning = numberFlag(context.flags, "maxRunning", { min: 1, max: 100_000 });
  const description = textFlag(context.flags, "description");
  const client = await context.connect();
  const made = await client.namespaces.create({
    name,
    ...(description === undefined ? {} : { description }),
    ...(maxRunning === undefined ? {} : { max_running: maxRunning }),
  });
  await context.show(namespaceView(made));
  context.say(`Undo: rat namespace delete ${name}`);
  return 0;
}
