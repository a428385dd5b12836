import type { CommandSpec } from "../../kit/command-spec.ts";

/** The command for requests that no other command makes. */
export const API_COMMANDS: readonly CommandSpec[] = [
  {
    path: "api",
    args: ["<method>", "<path>"],
    summary: "Any request to the HTTP API, with the address and token of this command line",
    options: [{ flags: "--data <json>", description: "JSON body; @file reads a file, - reads stdin" }],
    examples: [
      "rat api GET /api/v1/me",
      `rat api POST /api/v1/access/check --data '{"action":"read","resource_type":"table","resource_id":"t1"}'`,
    ],
    load: async () => (await import("./api.ts")).api,
  },
];
