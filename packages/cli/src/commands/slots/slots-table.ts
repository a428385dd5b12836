import type { CommandSpec } from "../../kit/command-spec.ts";

/** The commands about slots. */
export const SLOTS_COMMANDS: readonly CommandSpec[] = [
  {
    path: "slots list",
    args: [],
    summary: "The five slots",
    options: [],
    examples: ["rat slots list", "rat slots list -o wide"],
    load: async () => (await import("./list.ts")).slotsList,
  },
  {
    path: "slots show",
    args: ["<slot>"],
    summary: "One slot: who serves it and why",
    options: [],
    examples: ["rat slots show auth"],
    load: async () => (await import("./show.ts")).slotsShow,
  },
];
