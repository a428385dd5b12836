import type { CommandSpec } from "../../kit/command-spec.ts";
import { YES } from "../../kit/confirm.ts";

/** The commands about contexts. */
export const CONTEXT_COMMANDS: readonly CommandSpec[] = [
  {
    path: "context list",
    args: [],
    summary: "Your contexts",
    description: "Says which kind of credential each has, never the credential.",
    options: [],
    examples: ["rat context list", "rat context list -o name"],
    load: async () => (await import("./list.ts")).contextList,
  },
  {
    path: "context show",
    args: ["[name]"],
    summary: "One context; default: the one in use",
    options: [],
    examples: ["rat context show", "rat context show staging"],
    load: async () => (await import("./show.ts")).contextShow,
  },
  {
    path: "context add",
    args: ["<name>"],
    summary: "Give a ratd, named by --addr, a name",
    description: "The first context is in use at once. `rat login --context <name>` signs in to it.",
    options: [{ flags: "--use", description: "use it from now on" }],
    examples: ["rat context add staging --addr https://rat.staging.example"],
    load: async () => (await import("./add.ts")).contextAdd,
  },
  {
    path: "context use",
    args: ["<name>"],
    summary: "Use a context from now on",
    options: [],
    examples: ["rat context use staging"],
    load: async () => (await import("./use.ts")).contextUse,
  },
  {
    path: "context remove",
    args: ["<name>"],
    summary: "Forget a context and its credential",
    description: "Ends nothing at the provider and at ratd; `rat logout` does.",
    options: [YES],
    examples: ["rat context remove staging --yes"],
    load: async () => (await import("./remove.ts")).contextRemove,
  },
];
