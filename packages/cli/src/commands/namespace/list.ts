import type { Namespace } from "@rat/client";
import { numberFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { formatAge } from "../../output/age.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import type { Column } from "../../output/table.ts";
import { listView } from "../../output/view.ts";

/** `rat namespace list`: the namespaces. */
export async function namespaceList(context: CommandContext): Promise<ExitCode> {
  const limit = numberFlag(context.flags, "limit", { min: 1, max: 1_000_000 });
  const client = await context.connect();
  const columns: readonly Column<Namespace>[] = [
    { title: "NAMESPACE", value: (namespace) => namespace.name },
    { title: "OWNER", value: (namespace) => namespace.owner || null },
    { title: "MAX RUNNING", value: ({ max_running: max }) => (max === null ? null : String(max)) },
    { title: "AGE", value: (namespace) => formatAge(namespace.created_at, context.terminal.now()) },
    { title: "DESCRIPTION", value: (namespace) => namespace.description || null },
  ];
  const empty = "No namespaces.";
  const namespaces = await client.namespaces.list({ limit });
  await context.show(listView(namespaces, { columns, name: ({ name }) => name, empty }));
  return 0;
}
