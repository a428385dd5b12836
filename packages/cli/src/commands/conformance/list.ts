import { suites } from "@rat/conformance";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import type { Column } from "../../output/table.ts";
import { listView } from "../../output/view.ts";

interface CaseRow {
  readonly name: string;
  readonly slot: string;
  readonly level: string;
}

const COLUMNS: readonly Column<CaseRow>[] = [
  { title: "CASE", value: ({ name }) => name },
  { title: "SLOT", value: ({ slot }) => slot },
  { title: "LEVEL", value: ({ level }) => level },
];

/** `rat conformance list`: the cases of every slot; works offline. */
export async function conformanceList(context: CommandContext): Promise<ExitCode> {
  const rows = Object.entries(suites).flatMap(([slot, cases]) =>
    cases.map(({ name, level }): CaseRow => ({ name, slot, level })),
  );
  await context.show(
    listView(rows, { columns: COLUMNS, name: ({ name }) => name, empty: "There are no cases." }),
  );
  return 0;
}
