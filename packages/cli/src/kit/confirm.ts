import { CliError } from "../output/cli-error.ts";
import type { CommandContext, OptionSpec } from "./command-spec.ts";

/** The option of commands that cannot be undone. */
export const YES: OptionSpec = {
  flags: "--yes",
  description: "do not ask; needed where there is no terminal",
};

/** Asks on a terminal whether to go on, and demands --yes elsewhere. @throws CliError not_confirmed */
export async function confirm({ flags, terminal }: CommandContext, question: string): Promise<void> {
  if (flags["yes"] === true) return;
  if (!terminal.canAsk) throw new CliError("not_confirmed", `${question} There is no terminal to ask on.`);
  const answer = await terminal.ask(`${question} [y/N] `);
  if (!/^y(?:es)?$/iu.test(answer.trim())) throw new CliError("not_confirmed", "Nothing was changed.");
}
