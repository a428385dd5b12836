import type { CommandSpec } from "../../kit/command-spec.ts";
import { YES } from "../../kit/confirm.ts";

/** The commands about shares. */
export const SHARE_COMMANDS: readonly CommandSpec[] = [
  {
    path: "access shares list",
    args: ["<type>", "<id>"],
    summary: "With whom a thing is shared",
    options: [{ flags: "--ended", description: "also what was taken back or has run out" }],
    examples: [
      "rat access shares list namespace sales",
      "rat access shares list pipeline sales/gold/revenue --ended",
    ],
    load: async () => (await import("./list.ts")).accessSharesList,
  },
  {
    path: "access shares received",
    args: [],
    summary: "What is shared with you; with --user (scope access:read) with somebody else",
    options: [
      { flags: "--user <user>", description: "with this user" },
      { flags: "--role <role>", description: "a role of that user; may be repeated", repeats: true },
      { flags: "--type <type>", description: "only things of this type" },
      { flags: "--limit <n>", description: "at most so many; default: all" },
    ],
    examples: ["rat access shares received", "rat access shares received --user bob --role analyst"],
    load: async () => (await import("./received.ts")).accessSharesReceived,
  },
  {
    path: "access shares add",
    args: ["<type>", "<id>"],
    summary: "Share a thing with a user or a role",
    description:
      "A thing and a user, or role, have one grant: sharing again changes its permission and its end.",
    options: [
      { flags: "--user <user>", description: "with this user" },
      { flags: "--role <role>", description: "with everybody who holds this role" },
      { flags: "--permission <level>", description: "read, write or admin" },
      { flags: "--expires <when>", description: "30d, 12h, or a time as RFC 3339; default: no end" },
    ],
    examples: [
      "rat access shares add namespace sales --role analyst --permission read",
      "rat access shares add pipeline sales/gold/revenue --user bob --permission write --expires 30d",
    ],
    load: async () => (await import("./add.ts")).accessSharesAdd,
  },
  {
    path: "access shares remove",
    args: ["<grant>"],
    summary: "Take a grant back; in force everywhere within a second",
    options: [YES],
    examples: ["rat access shares remove 3f2a… --yes"],
    load: async () => (await import("./remove.ts")).accessSharesRemove,
  },
  {
    path: "access shares transfer",
    args: ["<type>", "<id>"],
    summary: "Give a thing a new owner",
    options: [
      { flags: "--to <user>", description: "the next owner" },
      { flags: "--from <user>", description: "the owner now; default: you" },
    ],
    examples: ["rat access shares transfer namespace sales --to bob"],
    load: async () => (await import("./transfer.ts")).accessSharesTransfer,
  },
];
