import type { CommandSpec } from "../../kit/command-spec.ts";

/** The commands about plugins. */
export const PLUGIN_COMMANDS: readonly CommandSpec[] = [
  {
    path: "plugin list",
    args: [],
    summary: "The plugins that ratd knows",
    options: [
      { flags: "--slot <slot>", description: "only plugins of this slot" },
      { flags: "--health <health>", description: "only plugins of this health" },
    ],
    examples: ["rat plugin list", "rat plugin list --health down -o name"],
    load: async () => (await import("./list.ts")).pluginList,
  },
  {
    path: "plugin show",
    args: ["<plugin>"],
    summary: "One plugin, by id or name, with its health history",
    options: [],
    examples: ["rat plugin show auth-keycloak"],
    load: async () => (await import("./show.ts")).pluginShow,
  },
];
