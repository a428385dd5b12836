import type { CommandSpec, OptionSpec } from "../../../packages/cli/src/kit/command-spec.ts";
import { COMMANDS } from "../../../packages/cli/src/command-table.ts";
import { GLOBAL_OPTIONS } from "../../../packages/cli/src/kit/global-options.ts";
import { generatedNotice, markdownTable, type Generator } from "./generator.ts";

const SOURCE = "packages/cli/src/command-table.ts";

/** The commands and options of `rat`, from the tables that its parser is made from. */
export const cliReference: Generator = {
  source: SOURCE,
  generate: () => Promise.resolve([{ path: "docs/reference/cli.md", content: page() }]),
};

function page(): string {
  return `${[
    generatedNotice(SOURCE),
    "",
    "# rat",
    "",
    "`rat` looks at a ratd over its HTTP API. Data goes to stdout, messages and errors go to stderr.",
    "",
    "- `-o json`, `yaml` and `ndjson` print payloads with `schema_version`; a list is under `items`, an empty one is `[]`.",
    "- With `-o json` and `-o ndjson` an error is one line of JSON on stderr:",
    '  `{"error":{"code","title","detail","try":[],"request_id"}}`.',
    "- Options go before the environment (`RAT_ADDR`, `RAT_TOKEN`, `RAT_API_KEY`, `RAT_CONTEXT`), that before the context.",
    "  What a context is known by goes to no other address than its own. [Sign in with rat](../how-to/sign-in.md) has the whole.",
    "- No option takes a secret: files, stdin and the environment do. Commands that cannot be undone ask on a terminal, and need `--yes` elsewhere.",
    "- Colours and redrawing are for terminals; elsewhere the output is plain text.",
    "- [Exit codes](exit-codes.md) tell scripts what happened; [error codes](error-codes.md) are explained by `rat explain`.",
    "",
    markdownTable(
      ["Command", ""],
      COMMANDS.map((spec) => [`[\`${usage(spec)}\`](#${anchor(spec)})`, spec.summary]),
    ),
    "",
    "## Options of every command",
    "",
    optionTable(GLOBAL_OPTIONS),
    ...COMMANDS.flatMap(section),
  ].join("\n")}\n`;
}

function section(spec: CommandSpec): readonly string[] {
  return [
    "",
    `## rat ${spec.path}`,
    "",
    `\`${usage(spec)}\``,
    "",
    [`${spec.summary}.`, spec.description ?? ""].join(" ").trim(),
    ...(spec.options.length === 0 ? [] : ["", optionTable(spec.options)]),
    "",
    "```sh",
    ...spec.examples,
    "```",
  ];
}

function usage({ path, args, options }: CommandSpec): string {
  return ["rat", path, ...(options.length === 0 ? [] : ["[options]"]), ...args].join(" ");
}

function anchor({ path }: CommandSpec): string {
  return `rat-${path.replaceAll(" ", "-")}`;
}

function optionTable(options: readonly OptionSpec[]): string {
  return markdownTable(
    ["Option", ""],
    options.map(({ flags, description }) => [`\`${flags}\``, description]),
  );
}
