import { CliError } from "../cli-error.ts";
import type { CommandContext } from "../command-spec.ts";
import { contextView, shownContext } from "../contexts/context-view.ts";
import type { ExitCode } from "../exit-codes.ts";
import { unknownContext } from "../target.ts";

/** `rat context show [name]`: default is --context, RAT_CONTEXT, or the one in use. */
export async function contextShow(context: CommandContext): Promise<ExitCode> {
  const { current, contexts } = await context.contexts.read();
  const name = context.args[0] ?? context.settings.context ?? current;
  if (name === undefined) {
    const steps = ["rat login --addr URL", "rat context add NAME --addr URL"];
    throw new CliError("context_unknown", "no context is in use", { steps });
  }
  const saved = contexts.get(name);
  if (saved === undefined) throw unknownContext(name, [...contexts.keys()]);
  await context.show(contextView(shownContext(name, saved, name === current)));
  return 0;
}
