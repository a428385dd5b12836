import type { CommandSpec } from "../../kit/command-spec.ts";
import { YES } from "../../kit/confirm.ts";

/** The commands about leases of cloud credentials. */
export const LEASE_COMMANDS: readonly CommandSpec[] = [
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
    load: async () => (await import("./list.ts")).accessLeasesList,
  },
  {
    path: "access leases show",
    args: ["<lease>"],
    summary: "One lease, without the credentials",
    options: [],
    examples: ["rat access leases show lse_0123456789abcdef0123456789ab"],
    load: async () => (await import("./show.ts")).accessLeasesShow,
  },
  {
    path: "access leases revoke",
    args: ["<lease>"],
    summary: "End a lease: its credentials at once where the provider can, and its renewal",
    description: "Exits 1 when the provider cannot end the credentials, which then work until their end.",
    options: [YES],
    examples: ["rat access leases revoke lse_0123456789abcdef0123456789ab --yes"],
    load: async () => (await import("./revoke.ts")).accessLeasesRevoke,
  },
];
