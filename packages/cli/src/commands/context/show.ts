import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { unknownContext } from "../../session/target.ts";
import { contextView, shownContext } from "./context-view.ts";

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
