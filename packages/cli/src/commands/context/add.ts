import { createClient } from "@rat/client";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { isContextName, withContext } from "../../session/contexts/saved-contexts.ts";
import { contextView, shownContext } from "./context-view.ts";

/** `rat context add <name> --addr URL`. */
export async function contextAdd(context: CommandContext): Promise<ExitCode> {
  const { args, flags, settings } = context;
  const [name = ""] = args;
  if (!isContextName(name)) {
    throw new CliError(
      "bad_usage",
      "a context is named by letters, digits, dots, dashes and underscores, at most 64",
    );
  }
  if (settings.address === undefined) {
    throw new CliError("bad_usage", "the address is missing", {
      steps: [`rat context add ${name} --addr URL`],
    });
  }
  const saved = { address: parseAddress(settings.address), credential: undefined };
  const { current } = await context.contexts.update((before) => {
    if (before.contexts.has(name)) throw new CliError("context_exists", `there is a context "${name}"`);
    const used = flags["use"] === true ? name : (before.current ?? name);
    return { ...withContext(before, name, saved), current: used };
  });
  await context.show(contextView(shownContext(name, saved, current === name)));
  context.say(`Undo: rat context remove ${name}`);
  context.say(`Sign in: rat login --context ${name}`);
  return 0;
}

function parseAddress(text: string): string {
  try {
    return createClient({ address: text }).address;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new CliError("bad_usage", cause.message, { cause });
  }
}
