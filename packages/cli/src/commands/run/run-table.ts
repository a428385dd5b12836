import type { CommandSpec } from "../../kit/command-spec.ts";

const OUTCOME =
  "The exit code is the outcome: 0 success, 1 failed or cancelled, 8 not ended within --timeout. " +
  "Ctrl-C leaves the run going and says how to cancel it.";
const idempotencyKey = {
  flags: "--idempotency-key <key>",
  description: "the same key and request is the same run, for 24 hours",
};
const follow = { flags: "-f, --follow", description: "show the output live until the end" };
const wait = { flags: "--wait", description: "wait until the end" };

/** The commands about runs. */
export const RUN_COMMANDS: readonly CommandSpec[] = [
  {
    path: "run start",
    args: ["<pipeline>"],
    summary: "Run a pipeline, [namespace/]layer/name",
    description: `With --follow or --wait: ${OUTCOME}`,
    options: [
      follow,
      wait,
      { flags: "--version <n>", description: "this version; default: the published one" },
      {
        flags: "--env <name=value>",
        description: "further environment of the run; may be repeated",
        repeats: true,
      },
      {
        flags: "--priority <n>",
        description: "from -100 to 100, higher runs first; default: that of the version",
      },
      idempotencyKey,
    ],
    examples: [
      "rat run start bronze/weather --follow",
      "rat run start sales/gold/report --wait --timeout 10m -o json",
    ],
    load: async () => (await import("./start.ts")).runStart,
  },
  {
    path: "run list",
    args: [],
    summary: "Runs, newest first",
    options: [
      { flags: "--pipeline <pipeline>", description: "only of this one: [[namespace/]layer/]name" },
      { flags: "--namespace <namespace>", description: "only of this namespace" },
      {
        flags: "--state <list>",
        description: "pending, running, success, failed, cancelled; comma between them",
      },
      { flags: "--trigger <kind>", description: "manual, retry, cron, webhook, upstream or event" },
      { flags: "--limit <n>", description: "at most so many; default 50" },
    ],
    examples: ["rat run list --state failed,running", "rat run list --pipeline gold/monthly_weather -o wide"],
    load: async () => (await import("./list.ts")).runList,
  },
  {
    path: "run show",
    args: ["<run>"],
    summary: "One run with its attempts",
    options: [],
    examples: ["rat run show 0194f3c2a7d04b1e8f6a2c9b51"],
    load: async () => (await import("./show.ts")).runShow,
  },
  {
    path: "run logs",
    args: ["<run>"],
    summary: "The output of a run",
    description: `With --follow, a lost connection is opened again and resumed after the last line. ${OUTCOME}`,
    options: [
      follow,
      { flags: "--attempt <n>", description: "of this attempt; default: the last, with --follow all" },
      { flags: "--level <level>", description: "only from this level on: debug, info, warn, error" },
    ],
    examples: [
      "rat run logs 0194f3c2a7d04b1e8f6a2c9b51 -f",
      "rat run logs 0194f3c2a7d04b1e8f6a2c9b51 --level warn",
    ],
    load: async () => (await import("./logs.ts")).runLogs,
  },
  {
    path: "run wait",
    args: ["<run>"],
    summary: "Wait until a run has ended, at most --timeout (default: without end)",
    description: OUTCOME,
    options: [],
    examples: ["rat run wait 0194f3c2a7d04b1e8f6a2c9b51 --timeout 5m"],
    load: async () => (await import("./wait.ts")).runWait,
  },
  {
    path: "run cancel",
    args: ["<run>"],
    summary: "Cancel a run",
    options: [{ flags: "--wait", description: "wait until it has ended" }],
    examples: ["rat run cancel 0194f3c2a7d04b1e8f6a2c9b51"],
    load: async () => (await import("./cancel.ts")).runCancel,
  },
  {
    path: "run retry",
    args: ["<run>"],
    summary: "Run the same version with the same environment once more, as a new run",
    description: `With --follow or --wait: ${OUTCOME}`,
    options: [follow, wait, idempotencyKey],
    examples: ["rat run retry 0194f3c2a7d04b1e8f6a2c9b51 --follow"],
    load: async () => (await import("./retry.ts")).runRetry,
  },
  {
    path: "run result",
    args: ["<run>"],
    summary: "What a run answered: for SQL its columns and first rows",
    options: [],
    examples: [
      "rat run result 0194f3c2a7d04b1e8f6a2c9b51",
      "rat run result 0194f3c2a7d04b1e8f6a2c9b51 -o json",
    ],
    load: async () => (await import("./result.ts")).runResult,
  },
];
