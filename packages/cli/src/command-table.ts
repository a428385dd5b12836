import type { CommandSpec } from "./command-spec.ts";
import { AUDIT_COMMANDS } from "./command-tables/audit.ts";
import { ACCESS_COMMANDS } from "./command-tables/access.ts";
import { CONTEXT_COMMANDS } from "./command-tables/context.ts";
import { LOGIN_COMMANDS } from "./command-tables/login.ts";
import { NAMESPACE_COMMANDS } from "./command-tables/namespace.ts";
import { PIPELINE_COMMANDS } from "./command-tables/pipeline.ts";
import { RUN_COMMANDS } from "./command-tables/run.ts";
import { TRIGGER_COMMANDS } from "./command-tables/trigger.ts";

/** Every command of `rat`, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    path: "status",
    args: [],
    summary: "One-screen summary of ratd and its slots",
    description: "Uses the open route /health only, so it works without a token.",
    options: [
      { flags: "--watch", description: "go on showing it: redraw on a terminal, else a line per change" },
    ],
    examples: ["rat status", "rat status --watch", "rat status -o json"],
    load: async () => (await import("./commands/status.ts")).status,
  },
  {
    path: "health",
    args: [],
    summary: "Health of ratd, its services and plugins",
    description: "Exits 1 while ratd says it is degraded. With --wait, exits 8 when it is not ready in time.",
    options: [{ flags: "--wait", description: "wait until ratd is ready, at most --timeout (default 60s)" }],
    examples: ["rat health", "rat health --wait --timeout 60s"],
    load: async () => (await import("./commands/health.ts")).health,
  },
  {
    path: "features",
    args: [],
    summary: "The feature flags of ratd",
    options: [],
    examples: ["rat features", "rat features -o json"],
    load: async () => (await import("./commands/features.ts")).features,
  },
  {
    path: "doctor",
    args: [],
    summary: "Look for what is wrong or risky, and say what to do",
    description: "Exits 1 when a check fails; warnings leave it 0.",
    options: [],
    examples: ["rat doctor", "rat doctor -o junit > doctor.xml", "rat doctor -o github-actions"],
    isCheck: true,
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    path: "explain",
    args: ["[code]"],
    summary: "Explain an error code, a slot state, an exit code or a scope; works offline",
    options: [],
    examples: [
      "rat explain slot_denying",
      "rat explain fallback",
      "rat explain 8",
      "rat explain scopes",
      "rat explain",
    ],
    load: async () => (await import("./commands/explain.ts")).explain,
  },
  ...LOGIN_COMMANDS,
  ...CONTEXT_COMMANDS,
  {
    path: "slots list",
    args: [],
    summary: "The five slots",
    options: [],
    examples: ["rat slots list", "rat slots list -o wide"],
    load: async () => (await import("./commands/slots-list.ts")).slotsList,
  },
  {
    path: "slots show",
    args: ["<slot>"],
    summary: "One slot: who serves it and why",
    options: [],
    examples: ["rat slots show auth"],
    load: async () => (await import("./commands/slots-show.ts")).slotsShow,
  },
  {
    path: "plugin list",
    args: [],
    summary: "The plugins that ratd knows",
    options: [
      { flags: "--slot <slot>", description: "only plugins of this slot" },
      { flags: "--health <health>", description: "only plugins of this health" },
    ],
    examples: ["rat plugin list", "rat plugin list --health down -o name"],
    load: async () => (await import("./commands/plugin-list.ts")).pluginList,
  },
  {
    path: "plugin show",
    args: ["<plugin>"],
    summary: "One plugin, by id or name, with its health history",
    options: [],
    examples: ["rat plugin show auth-keycloak"],
    load: async () => (await import("./commands/plugin-show.ts")).pluginShow,
  },
  ...NAMESPACE_COMMANDS,
  ...PIPELINE_COMMANDS,
  ...TRIGGER_COMMANDS,
  ...RUN_COMMANDS,
  ...AUDIT_COMMANDS,
  ...ACCESS_COMMANDS,
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
    load: async () => (await import("./commands/events.ts")).events,
  },
  {
    path: "conformance list",
    args: [],
    summary: "The cases of the conformance suites",
    options: [],
    examples: ["rat conformance list"],
    load: async () => (await import("./commands/conformance-list.ts")).conformanceList,
  },
  {
    path: "conformance run",
    args: ["<slot>", "<address>"],
    summary: "Check a plugin, in any language, against the contract of its slot",
    description:
      "Exits 1 when a required case fails, 3 when the plugin cannot be reached. --timeout is the limit of each " +
      "call (default 5s). `rat-conformance` does the same without a rat and has more options.",
    options: [],
    examples: [
      "rat conformance run auth localhost:50060",
      "rat conformance run auth localhost:50060 -o junit",
    ],
    isCheck: true,
    load: async () => (await import("./commands/conformance-run.ts")).conformanceRun,
  },
  {
    path: "api",
    args: ["<method>", "<path>"],
    summary: "Any request to the HTTP API, with the address and token of this command line",
    options: [{ flags: "--data <json>", description: "JSON body; @file reads a file, - reads stdin" }],
    examples: [
      "rat api GET /api/v1/me",
      `rat api POST /api/v1/access/check --data '{"action":"read","resource_type":"table","resource_id":"t1"}'`,
    ],
    load: async () => (await import("./commands/api.ts")).api,
  },
  {
    path: "version",
    args: [],
    summary: "The version of rat",
    options: [],
    examples: ["rat version"],
    load: async () => (await import("./commands/version.ts")).version,
  },
];
