import { numberFlag, textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { namespaceView } from "./namespace-view.ts";

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
