import type { OptionSpec } from "./command-spec.ts";

/** The options that every command has. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "-o, --output <format>",
    description: "table (default), wide, json, yaml, ndjson or name; checks also junit and github-actions",
  },
  {
    flags: "--addr <url>",
    description: "address of ratd; else RAT_ADDR, else that of the context, else http://127.0.0.1:8080",
  },
  {
    flags: "--token-file <path>",
    description:
      "file with the bearer token, - for stdin; else RAT_TOKEN or RAT_API_KEY, else that of the context",
  },
  { flags: "--context <name>", description: "the context; else RAT_CONTEXT, else the one in use" },
  { flags: "--timeout <duration>", description: "limit, for example 500ms, 60s, 2m; default 30s a request" },
  { flags: "--quiet", description: "no messages, only data and errors" },
  { flags: "--debug", description: "say every request, and where an error arose" },
  { flags: "--no-color", description: "no colours; NO_COLOR and CLICOLOR_FORCE are honoured too" },
];
