import { textFlag, textFlags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { expiryFlag } from "../../kit/expiry.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { handOverKey } from "./hand-over-key.ts";

/** `rat access keys create`. */
export async function accessKeysCreate(context: CommandContext): Promise<ExitCode> {
  const { flags } = context;
  const name = textFlag(flags, "name");
  const scopes = textFlags(flags, "scope");
  if (name === undefined) throw new CliError("bad_usage", "--name is missing: say what the key is for");
  if (scopes.length === 0) {
    throw new CliError("bad_usage", "--scope is missing: say what the key may try", {
      steps: ["rat access scopes"],
    });
  }
  const [roles, user, expires] = [textFlags(flags, "role"), textFlag(flags, "user"), expiryFlag(context)];
  const client = await context.connect();
  const made = await client.keys.create({
    name,
    scopes,
    ...(roles.length === 0 ? {} : { roles }),
    ...(user === undefined ? {} : { user_id: user }),
    ...(expires === undefined ? {} : { expires_at: expires }),
  });
  await handOverKey(context, made);
  context.say(`Undo: rat access keys revoke ${made.id}`);
  return 0;
}
