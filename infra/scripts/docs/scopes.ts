import { isOperatorScope, parseScope, SCOPE_MEANINGS } from "../../../services/ratd/src/scopes.ts";
import type { Generator } from "./generator.ts";
import { formatTypeScript } from "./load.ts";

const SOURCE = "services/ratd/src/scopes.ts";

/** The scopes with their meaning, as a table that the client and the CLI carry. */
export const scopes: Generator = {
  source: SOURCE,
  async generate() {
    const rows = Object.entries(SCOPE_MEANINGS).map(([name, meaning]) => {
      const scope = parseScope(name);
      const operator = scope !== undefined && scope !== "*" && isOperatorScope(scope);
      return `${JSON.stringify(name)}: ${JSON.stringify({ kind: operator ? "operator" : "data", meaning })},`;
    });
    const lines = [
      `// Made from ${SOURCE} by \`npm run docs\`. Edit the source, not this file.`,
      "",
      "/** Every scope of ratd with its kind and what it lets its holder do. */",
      `export const SCOPES = {${rows.join("\n")}} as const;`,
    ];
    return [{ path: "packages/client/src/gen/scopes.ts", content: await formatTypeScript(lines.join("\n")) }];
  },
};
