import type { CommandSpec } from "../../kit/command-spec.ts";

/** The command that gives out cloud credentials. */
export const CREDENTIALS_COMMANDS: readonly CommandSpec[] = [
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
    load: async () => (await import("./credentials.ts")).credentials,
  },
];
