import type { CommandSpec } from "../command-spec.ts";
import { YES } from "../confirm.ts";
import { KEY_COMMANDS } from "./access-keys.ts";
import { SHARE_COMMANDS } from "./access-shares.ts";

/** The commands about who may do what. */
export const ACCESS_COMMANDS: readonly CommandSpec[] = [
  ...KEY_COMMANDS,
  ...SHARE_COMMANDS,
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
    load: async () => (await import("../commands/access-check.ts")).accessCheck,
  },
  {
    path: "access scopes",
    args: [],
    summary: "Every scope and what it lets its holder do; works offline",
    options: [],
    examples: ["rat access scopes", "rat access scopes -o name"],
    load: async () => (await import("../commands/access-scopes.ts")).accessScopes,
  },
  {
    path: "access leases list",
    args: [],
    summary: "Your leases of cloud credentials, newest first; with leases:manage everybody's",
    options: [
      { flags: "--state <state>", description: "issuing, active, expired, failed or revoked" },
      { flags: "--run <run>", description: "only those of this run" },
      { flags: "--user <user>", description: "only those of this user" },
      { flags: "--limit <n>", description: "at most so many; default: all" },
    ],
    examples: ["rat access leases list --state active", "rat access leases list --user bob"],
    load: async () => (await import("../commands/access-leases-list.ts")).accessLeasesList,
  },
  {
    path: "access leases show",
    args: ["<lease>"],
    summary: "One lease, without the credentials",
    options: [],
    examples: ["rat access leases show lse_0123456789abcdef0123456789ab"],
    load: async () => (await import("../commands/access-leases-show.ts")).accessLeasesShow,
  },
  {
    path: "access leases revoke",
    args: ["<lease>"],
    summary: "End a lease: its credentials at once where the provider can, and its renewal",
    description: "Exits 1 when the provider cannot end the credentials, which then work until their end.",
    options: [YES],
    examples: ["rat access leases revoke lse_0123456789abcdef0123456789ab --yes"],
    load: async () => (await import("../commands/access-leases-revoke.ts")).accessLeasesRevoke,
  },
  {
    path: "credentials",
    args: ["<type>", "<id>"],
    summary: "Temporary cloud credentials for the data of a namespace, pipeline or table",
    description: "Shows the names of the values; the values themselves only with --export and -o json.",
    options: [
      { flags: "--access <access>", description: "read (default) or write" },
      { flags: "--provider <provider>", description: "aws, gcp or azure; default: that of rat.yaml" },
      { flags: "--export", description: "print them as assignments for a shell. Secret" },
    ],
    examples: [
      "rat credentials table sales/gold/revenue",
      'eval "$(rat credentials namespace sales --access write --export)"',
    ],
    load: async () => (await import("../commands/credentials.ts")).credentials,
  },
];
