import type { NamespaceFile } from "@rat/client";
import { numberFlag, textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { formatAge } from "../../output/age.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import type { Column } from "../../output/table.ts";
import { listView } from "../../output/view.ts";

/** `rat namespace files [namespace]`: uploads and what runs wrote. */
export async function namespaceFiles(context: CommandContext): Promise<ExitCode> {
  const { args, flags, terminal } = context;
  const [namespace = "default"] = args;
  const limit = numberFlag(flags, "limit", { min: 1, max: 1_000_000 });
  const client = await context.connect();
  const files = await client.namespaces.files.list(namespace, { limit, prefix: textFlag(flags, "prefix") });
  const columns: readonly Column<NamespaceFile>[] = [
    { title: "PATH", value: (file) => file.path },
    { title: "BYTES", value: (file) => String(file.size) },
    { title: "WRITTEN", value: (file) => formatAge(file.modified_at, terminal.now()) },
  ];
  const empty = `No files in ${namespace}. Add one with: rat namespace upload <file> ${namespace}/raw/<path>`;
  await context.show(listView(files, { columns, name: ({ path }) => path, empty }));
  return 0;
}
