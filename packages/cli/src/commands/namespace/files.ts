import { numberFlag, textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { fileColumns } from "./namespace-view.ts";

/** `rat namespace files [namespace]`: uploads and what runs wrote. */
export async function namespaceFiles(context: CommandContext): Promise<ExitCode> {
  const { args, flags, terminal } = context;
  const [namespace = "default"] = args;
  const limit = numberFlag(flags, "limit", { min: 1, max: 1_000_000 });
  const client = await context.connect();
  const files = await client.namespaces.files.list(namespace, { limit, prefix: textFlag(flags, "prefix") });
  const columns = fileColumns(terminal.now());
  const empty = `No files in ${namespace}. Add one with: rat namespace upload <file> ${namespace}/raw/<path>`;
  await context.show(listView(files, { columns, name: ({ path }) => path, empty }));
  return 0;
}
