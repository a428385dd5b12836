import { formatTypeScript, loadModule, record } from "./load.ts";
import { generatedNotice, markdownTable, type Generator } from "./generator.ts";

const SOURCE = "services/ratd/src/errors.ts";

interface ErrorRow {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly remedy: string;
}

/** The closed list of error codes: as a page, and as a table that the client and the CLI carry. */
export const errorCodes: Generator = {
  source: SOURCE,
  async generate(root) {
    const module = await loadModule(root, SOURCE);
    const rows = parseKinds(module["ERROR_KINDS"]);
    return [
      { path: "docs/reference/error-codes.md", content: page(rows) },
      { path: "packages/client/src/gen/error-codes.ts", content: await formatTypeScript(table(rows)) },
    ];
  },
};

function parseKinds(kinds: unknown): readonly ErrorRow[] {
  return Object.entries(record(kinds, `ERROR_KINDS of ${SOURCE}`)).map(([code, value]) => {
    const { status, title, remedy } = record(value, code);
    if (typeof status !== "number" || typeof title !== "string" || typeof remedy !== "string") {
      throw new Error(`${SOURCE}: ${code} lacks status, title or remedy`);
    }
    return { code, status, title, remedy };
  });
}

function page(rows: readonly ErrorRow[]): string {
  return `${[
    generatedNotice(SOURCE),
    "",
    "# Error codes",
    "",
    "Every error of ratd carries one of these codes as `code` of its problem document. The list is closed and a",
    "code never changes its meaning. `rat explain <code>` prints the same without a network.",
    "",
    markdownTable(
      ["Code", "Status", "Meaning"],
      rows.map((row) => [`[\`${row.code}\`](#${row.code})`, String(row.status), row.title]),
    ),
    ...rows.flatMap((row) => ["", `## ${row.code}`, "", `HTTP ${row.status}. ${row.title}.`, "", row.remedy]),
  ].join("\n")}\n`;
}

function table(rows: readonly ErrorRow[]): string {
  const entries = rows.map(
    ({ code, status, title, remedy }) => `${code}: ${JSON.stringify({ status, title, remedy })},`,
  );
  return [
    `// Made from ${SOURCE} by \`npm run docs\`. Edit the source, not this file.`,
    "",
    "/** Every error code of ratd with its HTTP status, its title and what to do about it. */",
    `export const ERROR_CODES = {${entries.join("\n")}} as const;`,
  ].join("\n");
}
