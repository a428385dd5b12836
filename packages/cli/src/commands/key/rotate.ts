import { parseDuration } from "../../input/duration.ts";
import { textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { confirm } from "../../kit/confirm.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { withContext, type SavedContexts } from "../../session/contexts/saved-contexts.ts";
import { handOverKey } from "./hand-over-key.ts";

/** `rat access keys rotate <key>`: contexts that keep the key get its new secret. */
export async function accessKeysRotate(context: CommandContext): Promise<ExitCode> {
  const [id = ""] = context.args;
  const graceMs = graceFlag(context);
  const client = await context.connect();
  if (graceMs === 0) await confirm(context, `End the present secret of the key ${id} at once?`);
  const made = await client.keys.rotate(id, graceMs / 1_000);
  await handOverKey(context, made);
  const updated = await replaceKey(context, id, made.key);
  for (const name of updated) context.say(`The context ${name} has the new key.`);
  return 0;
}

function graceFlag({ flags }: CommandContext): number {
  const text = textFlag(flags, "grace");
  if (text === undefined) return 0;
  const ms = parseDuration(text);
  if (ms !== undefined && ms % 1_000 === 0) return ms;
  throw new CliError("bad_usage", `--grace ${text} is no span of whole seconds, such as 30m, 1h or 2d`);
}

async function replaceKey({ contexts }: CommandContext, id: string, key: string): Promise<readonly string[]> {
  const keeping = ({ contexts: all }: SavedContexts): readonly string[] =>
    [...all].flatMap(([name, { credential }]) =>
      credential?.kind === "api_key" && credential.api_key.startsWith(`rat_${id}_`) ? [name] : [],
    );
  if (keeping(await contexts.read()).length === 0) return [];
  let names: readonly string[] = [];
  await contexts.update((saved) => {
    names = keeping(saved);
    return names.reduce((changed, name) => {
      const present = changed.contexts.get(name);
      const credential = { kind: "api_key", api_key: key } as const;
      return present === undefined ? changed : withContext(changed, name, { ...present, credential });
    }, saved);
  });
  return names;
}
