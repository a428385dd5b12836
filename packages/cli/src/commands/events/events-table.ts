import type { CommandSpec } from "../../kit/command-spec.ts";

/** The command about what happens. */
export const EVENTS_COMMANDS: readonly CommandSpec[] = [
  {
    path: "events",
    args: [],
    summary: "What happens: slots, plugins and services changing state",
    description:
      "Prints events for --timeout (default 5s), or without end with -f. Lost connections are opened again and " +
      "resume where they were; `stream.reset` says that events were missed.",
    options: [
      { flags: "-f, --follow", description: "go on without end" },
      { flags: "--topics <list>", description: "slots, plugins, services; comma between them" },
      { flags: "--after <id>", description: "start after this event id" },
    ],
    examples: ["rat events -f", "rat events -f --topics slots -o ndjson"],
    load: async () => (await import("./events.ts")).events,
  },
];
