import type { CommandSpec } from "../../kit/command-spec.ts";

/** The commands that check plugins against their contract. */
export const CONFORMANCE_COMMANDS: readonly CommandSpec[] = [
  {
    path: "conformance list",
    args: [],
    summary: "The cases of the conformance suites",
    options: [],
    examples: ["rat conformance list"],
    load: async () => (await import("./list.ts")).conformanceList,
  },
  {
    path: "conformance run",
    args: ["<slot>", "<address>"],
    summary: "Check a plugin, in any language, against the contract of its slot",
    description:
      "Exits 1 when a required case fails, 3 when the plugin cannot be reached. --timeout is the limit of each " +
      "call (default 5s). `rat-conformance` does the same without a rat and has more options.",
    options: [],
    examples: [
      "rat conformance run auth localhost:50060",
      "rat conformance run auth localhost:50060 -o junit",
    ],
    isCheck: true,
    load: async () => (await import("./run.ts")).conformanceRun,
  },
];
