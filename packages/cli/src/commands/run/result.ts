import type { RunResult } from "@rat/client";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { renderFields } from "../../output/fields.ts";
import { renderTable } from "../../output/table.ts";
import { recordView } from "../../output/view.ts";

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** `rat run result <run>`: what it answered; rows of SQL as a table. */
export async function runResult(context: CommandContext): Promise<ExitCode> {
  const [id = ""] = context.args;
  const client = await context.connect();
  const result = await client.runs.result(id);
  const table = parseTable(result);
  const written = result["rows_written"];
  await context.show({
    ...recordView(result, {
      name: id,
      text: (paint) =>
        table === undefined
          ? renderFields(
              Object.entries(result).map(([label, value]) => ({ label, value: cell(value) })),
              paint,
            )
          : renderTable(
              table.columns.map((title, at) => ({
                title,
                value: (row: readonly unknown[]) => cell(row[at]),
              })),
              table.rows,
              paint,
            ),
    }),
    hint:
      table !== undefined && result["truncated"] === true
        ? `The first ${table.rows.length} of ${String(written)} rows. All: rat namespace download ${String(result["path"])}`
        : undefined,
  });
  return 0;
}

/** The columns and rows of a SQL result; undefined when it is another kind of result. */
function parseTable({ columns, rows }: RunResult): Table | undefined {
  if (!Array.isArray(columns) || !Array.isArray(rows)) return undefined;
  return {
    columns: columns.map((column: unknown) =>
      typeof column === "object" && column !== null && "name" in column
        ? String(column.name)
        : String(column),
    ),
    rows: rows.map((row: unknown) => (Array.isArray(row) ? row : [row])),
  };
}

function cell(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
