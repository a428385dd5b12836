import type { CommandSpec, OptionSpec } from "../../kit/command-spec.ts";
import { YES } from "../../kit/confirm.ts";

const SAVE: OptionSpec = {
  flags: "--save <file>",
  description: "write the key into this file, mode 0600, instead of stdout",
};

/** The commands about API keys. */
export const KEY_COMMANDS: readonly CommandSpec[] = [
  {
    path: "access keys list",
    args: [],
    summary: "Your API keys; with the scope keys:manage everybody's",
    options: [
      { flags: "--user <user>", description: "only those of this user" },
      { flags: "--limit <n>", description: "at most so many; default: all" },
    ],
    examples: ["rat access keys list", "rat access keys list --user ci -o wide"],
    load: async () => (await import("./list.ts")).accessKeysList,
  },
  {
    path: "access keys show",
    args: ["<key>"],
    summary: "One API key, by its id",
    options: [],
    examples: ["rat access keys show 0123456789abcdef"],
    load: async () => (await import("./show.ts")).accessKeysShow,
  },
  {
    path: "access keys create",
    args: [],
    summary: "Make an API key; it is shown this once",
    description:
      "Prints the key alone on stdout, so that a script can take it. You can give away only what you hold.",
    options: [
      { flags: "--name <name>", description: "what it is for" },
      { flags: "--scope <scope>", description: "what it may try; may be repeated", repeats: true },
      { flags: "--role <role>", description: "a role of it; may be repeated; default: yours", repeats: true },
      { flags: "--user <user>", description: "in whose name it acts; default: yours" },
      { flags: "--expires <when>", description: "30d, 12h, or a time as RFC 3339; default: 90d" },
      SAVE,
    ],
    examples: [
      "rat access keys create --name ci --scope runs:execute --scope runs:read --expires 30d --save ci.key",
      "rat access keys create --name backup --user backup --scope namespaces:read",
    ],
    load: async () => (await import("./create.ts")).accessKeysCreate,
  },
  {
    path: "access keys rotate",
    args: ["<key>"],
    summary: "Give an API key a new secret; it is shown this once",
    description:
      "The old secret ends at once, or after --grace. A context that keeps this key gets the new one.",
    options: [
      {
        flags: "--grace <duration>",
        description: "how long the old secret works on, at most 7d; default: not at all",
      },
      SAVE,
      YES,
    ],
    examples: ["rat access keys rotate 0123456789abcdef --grace 1h --save ci.key --yes"],
    load: async () => (await import("./rotate.ts")).accessKeysRotate,
  },
  {
    path: "access keys revoke",
    args: ["<key>"],
    summary: "End an API key, everywhere within a second",
    options: [YES],
    examples: ["rat access keys revoke 0123456789abcdef --yes"],
    load: async () => (await import("./revoke.ts")).accessKeysRevoke,
  },
];
