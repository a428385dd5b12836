import type { CommandSpec } from "../../kit/command-spec.ts";

/** The commands about rat.yaml of a running ratd. */
export const CONFIG_COMMANDS: readonly CommandSpec[] = [
  {
    path: "config diff",
    args: [],
    summary: "What a reload of rat.yaml would change",
    description:
      "Of the ratd that answers: each has its own file. Values are shown as they are written, secrets never.",
    options: [],
    examples: ["rat config diff", "rat config diff -o json"],
    load: async () => (await import("./diff.ts")).configDiff,
  },
  {
    path: "config reload",
    args: [],
    summary: "Read rat.yaml again and put it in force, as a whole or not at all",
    description:
      "Only the ratd that answers: with several, call each. Exits 6 when the file is refused, and says why.",
    options: [],
    examples: ["rat config reload"],
    load: async () => (await import("./reload.ts")).configReload,
  },
];
