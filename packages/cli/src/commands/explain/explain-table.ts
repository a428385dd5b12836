import type { CommandSpec } from "../../kit/command-spec.ts";

/** The command that explains what the others say. */
export const EXPLAIN_COMMANDS: readonly CommandSpec[] = [
  {
    path: "explain",
    args: ["[code]"],
    summary: "Explain an error code, a slot state, an exit code or a scope; works offline",
    options: [],
    examples: [
      "rat explain slot_denying",
      "rat explain fallback",
      "rat explain 8",
      "rat explain scopes",
      "rat explain",
    ],
    load: async () => (await import("./explain.ts")).explain,
  },
];
