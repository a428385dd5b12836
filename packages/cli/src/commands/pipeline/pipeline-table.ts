import type { CommandSpec } from "../../kit/command-spec.ts";

const limit = { flags: "--limit <n>", description: "at most so many; default: all" };

/** The commands about pipelines. `<pipeline>` is [namespace/]layer/name. */
export const PIPELINE_COMMANDS: readonly CommandSpec[] = [
  {
    path: "pipeline list",
    args: [],
    summary: "The pipelines that you may read",
    options: [
      { flags: "--namespace <namespace>", description: "only pipelines of this namespace" },
      { flags: "--layer <layer>", description: "only pipelines of this layer: bronze, silver, gold" },
      { flags: "--kind <kind>", description: "only pipelines of this kind: sql, command" },
      { flags: "--search <text>", description: "a part of the name or the description" },
      limit,
    ],
    examples: ["rat pipeline list", "rat pipeline list --layer gold -o name"],
    load: async () => (await import("./list.ts")).pipelineList,
  },
  {
    path: "pipeline show",
    args: ["<pipeline>"],
    summary: "One pipeline with its spec, as a version has it",
    options: [{ flags: "--version <n>", description: "this version; default: the latest" }],
    examples: [
      "rat pipeline show gold/monthly_weather",
      "rat pipeline show sales/gold/report --version 3 -o yaml",
    ],
    load: async () => (await import("./show.ts")).pipelineShow,
  },
  {
    path: "pipeline apply",
    args: [],
    summary: "Make the pipelines and triggers that a YAML file describes, or bring them up to date",
    description:
      "All pipelines are checked before the first is changed. What is the same already stays as it is, so applying " +
      "twice changes nothing. Triggers are matched by kind and config; none is taken away.",
    options: [
      { flags: "-f, --file <file>", description: "the YAML file, - for stdin" },
      { flags: "--dry-run", description: "only show what would change" },
      { flags: "--no-publish", description: "make versions without putting them in force" },
      { flags: "--message <text>", description: "why, kept with each new version" },
    ],
    examples: ["rat pipeline apply -f pipelines.yaml", "rat pipeline apply -f pipelines.yaml --dry-run"],
    load: async () => (await import("./apply.ts")).pipelineApply,
  },
  {
    path: "pipeline versions",
    args: ["<pipeline>"],
    summary: "The versions of a pipeline, newest first",
    options: [limit],
    examples: ["rat pipeline versions gold/monthly_weather"],
    load: async () => (await import("./versions.ts")).pipelineVersions,
  },
  {
    path: "pipeline diff",
    args: ["<pipeline>"],
    summary: "What differs between two versions; by default the one in force and the latest",
    options: [
      { flags: "--from <n>", description: "this version; default: the one in force" },
      { flags: "--to <n>", description: "this version; default: the latest" },
    ],
    examples: ["rat pipeline diff gold/monthly_weather --from 1 --to 2"],
    load: async () => (await import("./diff.ts")).pipelineDiff,
  },
  {
    path: "pipeline publish",
    args: ["<pipeline>"],
    summary: "Put a version in force; by default the latest",
    options: [{ flags: "--version <n>", description: "this version" }],
    examples: ["rat pipeline publish gold/monthly_weather"],
    load: async () => (await import("./publish.ts")).pipelinePublish,
  },
  {
    path: "pipeline rollback",
    args: ["<pipeline>"],
    summary: "Put a version back in force; by default the one before",
    options: [{ flags: "--version <n>", description: "this version" }],
    examples: ["rat pipeline rollback gold/monthly_weather"],
    load: async () => (await import("./rollback.ts")).pipelineRollback,
  },
  {
    path: "pipeline delete",
    args: ["<pipeline>"],
    summary: "Remove a pipeline and its triggers; its runs stay",
    options: [],
    examples: ["rat pipeline delete gold/monthly_weather"],
    load: async () => (await import("./delete.ts")).pipelineDelete,
  },
];
