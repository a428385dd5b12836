import { CLI_ERRORS } from "../../../packages/cli/src/output/cli-error.ts";
import { EXIT_CODE_OF_STATUS, EXIT_CODES } from "../../../packages/cli/src/output/exit-codes.ts";
import { generatedNotice, markdownTable, type Generator } from "./generator.ts";

const SOURCE = "packages/cli/src/output/exit-codes.ts";

/** The exit codes of `rat`, and which errors end with which. */
export const exitCodes: Generator = {
  source: SOURCE,
  generate: () => Promise.resolve([{ path: "docs/reference/exit-codes.md", content: page() }]),
};

function page(): string {
  const statuses = Object.groupBy(Object.entries(EXIT_CODE_OF_STATUS), ([, exit]) => String(exit));
  return `${[
    generatedNotice(SOURCE),
    "",
    "# Exit codes of rat",
    "",
    "A code never changes its meaning. 7 is kept for trust refusals.",
    "",
    markdownTable(
      ["Exit", "Meaning", "HTTP status"],
      Object.entries(EXIT_CODES).map(([exit, meaning]) => [
        exit,
        meaning,
        (statuses[exit] ?? []).map(([status]) => status).join(", "),
      ]),
    ),
    "",
    "A status of ratd that is not in the table gives 1.",
    "",
    "## Errors that rat finds by itself",
    "",
    markdownTable(
      ["Code", "Exit", "Meaning", "What to do"],
      Object.entries(CLI_ERRORS).map(([code, { exit, title, remedy }]) => [
        `\`${code}\``,
        String(exit),
        title,
        remedy,
      ]),
    ),
  ].join("\n")}\n`;
}
