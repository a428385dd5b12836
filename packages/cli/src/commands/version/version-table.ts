import type { CommandSpec } from "../../kit/command-spec.ts";

/** The command about rat itself. */
export const VERSION_COMMANDS: readonly CommandSpec[] = [
  {
    path: "version",
    args: [],
    summary: "The version of rat",
    options: [],
    examples: ["rat version"],
    load: async () => (await import("./version.ts")).version,
  },
];
