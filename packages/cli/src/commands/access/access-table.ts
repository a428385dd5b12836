import type { CommandSpec } from "../../kit/command-spec.ts";

/** The commands about who may do what. */
export const ACCESS_COMMANDS: readonly CommandSpec[] = [
  {
    path: "access check",
    args: ["<action>", "<type>", "<id>"],
    summary: "Whether you may do something; with --user why somebody may, or not",
    description:
      "Exits 1 when it is denied. --user needs the scope access:read, and the roles of that user by --role.",
    options: [
      { flags: "--user <user>", description: "ask about this user, and show everything that speaks for it" },
      { flags: "--role <role>", description: "a role of that user; may be repeated", repeats: true },
    ],
    examples: [
      "rat access check write pipeline sales/gold/revenue",
      "rat access check read table sales/gold/revenue --user bob --role analyst",
    ],
    load: async () => (await import("./check.ts")).accessCheck,
  },
  {
    path: "access scopes",
    args: [],
    summary: "Every scope and what it lets its holder do; works offline",
    options: [],
    examples: ["rat access scopes", "rat access scopes -o name"],
    load: async () => (await import("./scopes.ts")).accessScopes,
  },
];
