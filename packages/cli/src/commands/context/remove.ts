import type { CommandContext } from "../../kit/command-spec.ts";
import { confirm } from "../../kit/confirm.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { removedView } from "../../output/removed-view.ts";
import { unknownContext } from "../../session/target.ts";

/** `rat context remove <name>`. */
export async function contextRemove(context: CommandContext): Promise<ExitCode> {
  const [name = ""] = context.args;
  const { contexts } = await context.contexts.read();
  const saved = contexts.get(name);
  if (saved === undefined) throw unknownContext(name, [...contexts.keys()]);
  const loss = saved.credential === undefined ? "" : " and what you are known by there";
  await confirm(context, `Forget the context ${name} (${saved.address})${loss}?`);
  await context.contexts.update((before) => ({
    current: before.current === name ? undefined : before.current,
    contexts: new Map([...before.contexts].filter(([other]) => other !== name)),
  }));
  await context.show(removedView("context", name));
  context.say(`Undo: rat context add ${name} --addr ${saved.address}`);
  return 0;
}
