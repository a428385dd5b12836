import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { unknownContext } from "../../session/target.ts";
import { contextView, shownContext } from "./context-view.ts";

/** `rat context use <name>`. */
export async function contextUse(context: CommandContext): Promise<ExitCode> {
  const { args, terminal } = context;
  const [name = ""] = args;
  let before: string | undefined;
  const { contexts } = await context.contexts.update((saved) => {
    if (!saved.contexts.has(name)) throw unknownContext(name, [...saved.contexts.keys()]);
    before = saved.current;
    return { ...saved, current: name };
  });
  const saved = contexts.get(name);
  if (saved !== undefined) await context.show(contextView(shownContext(name, saved, true)));
  if (before !== undefined && before !== name) context.say(`Undo: rat context use ${before}`);
  for (const variable of ["RAT_CONTEXT", "RAT_ADDR", "RAT_TOKEN", "RAT_API_KEY"]) {
    if ((terminal.env[variable] ?? "") !== "") context.say(`${variable} is set and goes before the context.`);
  }
  return 0;
}
