import type { ApiKey, MadeApiKey } from "@rat/client";
import { textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import { recordView } from "../../output/view.ts";
import { keyView } from "./key-view.ts";

/** Hands over a key that was made just now: alone on stdout, or in a file that only its owner may read. */
export async function handOverKey(context: CommandContext, made: MadeApiKey): Promise<void> {
  const { flags, terminal } = context;
  const { key: secret, ...key } = made;
  const file = textFlag(flags, "save");
  if (file === undefined) {
    await context.show(recordView({ ...made }, { name: key.id, text: () => [secret] }));
    context.say(`Key ${summary(key)}. Keep it: it is not shown again.`);
    return;
  }
  try {
    await terminal.privateFiles.write(file, `${secret}\n`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const steps = [`rat access keys rotate ${key.id} --save FILE`, `rat access keys revoke ${key.id}`];
    throw new CliError("bad_usage", `the key was made, but not written: ${reason}`, { steps });
  }
  await context.show(keyView(key, terminal.now()));
  context.say(`Written to ${file}, for you only.`);
}

function summary({ id, name, user_id: user, expires_at: end }: ApiKey): string {
  return `${id} (${name}) of ${user}${end === null ? "" : `, ends ${end}`}`;
}
