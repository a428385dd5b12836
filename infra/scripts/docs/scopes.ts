import type { Generator } from "./generator.ts";
import { formatTypeScript, listOrEmpty, loadModule, record, textOrEmpty } from "./load.ts";

const SOURCE = "services/ratd/src/scopes.ts";

/** The scopes with their meaning, as a table that the client and the CLI carry. */
export const scopes: Generator = {
  source: SOURCE,
  async generate(root) {
    const module = await loadModule(root, SOURCE);
    const operator = new Set(listOrEmpty(module["OPERATOR_SCOPES"]));
    const rows = Object.entries(record(module["SCOPE_MEANINGS"], `SCOPE_MEANINGS of ${SOURCE}`)).map(
      ([scope, meaning]) =>
        `${JSON.stringify(scope)}: ${JSON.stringify({
          kind: operator.has(scope) ? "operator" : "data",
          meaning: textOrEmpty(meaning),
        })},`,
    );
    const lines = [
      `// Made from ${SOURCE} by \`npm run docs\`. Edit the source, not this file.`,
      "",
      "/** Every scope of ratd with its kind and what it lets its holder do. */",
      `export const SCOPES = {${rows.join("\n")}} as const;`,
    ];
    return [{ path: "packages/client/src/gen/scopes.ts", content: await formatTypeScript(lines.join("\n")) }];
  },
};
