import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { renderTable } from "../../output/table.ts";
import { recordView } from "../../output/view.ts";

/** `rat features`: the feature flags. */
export async function features(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect();
  const flags = await client.features();
  const rows = Object.entries(flags).map(([name, value]) => ({ name, value }));
  const columns = [
    { title: "FEATURE", value: (row: (typeof rows)[number]) => row.name },
    {
      title: "VALUE",
      value: (row: (typeof rows)[number]) =>
        typeof row.value === "boolean" ? WORDS[`${row.value}`] : row.value,
      tone: (row: (typeof rows)[number]) => (row.value === false ? ("quiet" as const) : ("plain" as const)),
    },
  ];
  await context.show(
    recordView(flags, { name: flags.edition, text: (paint) => renderTable(columns, rows, paint) }),
  );
  return 0;
}

const WORDS = { true: "on", false: "off" } as const;
