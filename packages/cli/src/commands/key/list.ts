import { numberFlag, textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { keyColumns } from "./key-view.ts";

/** `rat access keys list`. */
export async function accessKeysList(context: CommandContext): Promise<ExitCode> {
  const { flags, terminal } = context;
  const limit = numberFlag(flags, "limit", { min: 1, max: 1_000_000 });
  const client = await context.connect();
  const keys = await client.keys.list({ user_id: textFlag(flags, "user"), limit });
  const empty = "No API keys. Make one with: rat access keys create --name NAME --scope SCOPE";
  await context.show(listView(keys, { columns: keyColumns(terminal.now()), name: ({ id }) => id, empty }));
  return 0;
}
