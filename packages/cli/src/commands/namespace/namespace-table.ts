import type { CommandSpec } from "../../kit/command-spec.ts";

const limit = { flags: "--limit <n>", description: "at most so many; default: all" };

/** The commands about namespaces and files. */
export const NAMESPACE_COMMANDS: readonly CommandSpec[] = [
  {
    path: "namespace list",
    args: [],
    summary: "The namespaces",
    options: [limit],
    examples: ["rat namespace list"],
    load: async () => (await import("./list.ts")).namespaceList,
  },
  {
    path: "namespace show",
    args: ["<namespace>"],
    summary: "One namespace",
    options: [],
    examples: ["rat namespace show default"],
    load: async () => (await import("./show.ts")).namespaceShow,
  },
  {
    path: "namespace create",
    args: ["<namespace>"],
    summary: "Make a namespace",
    options: [
      { flags: "--description <text>", description: "what it is for" },
      { flags: "--max-running <n>", description: "runs at a time" },
    ],
    examples: ["rat namespace create sales --max-running 4"],
    load: async () => (await import("./create.ts")).namespaceCreate,
  },
  {
    path: "namespace delete",
    args: ["<namespace>"],
    summary: "Remove a namespace that has neither pipelines nor files",
    options: [],
    examples: ["rat namespace delete sales"],
    load: async () => (await import("./delete.ts")).namespaceDelete,
  },
  {
    path: "namespace files",
    args: ["[namespace]"],
    summary: "The files of a namespace: uploads below raw/, and what runs wrote",
    options: [{ flags: "--prefix <path>", description: "only files whose path begins so" }, limit],
    examples: ["rat namespace files", "rat namespace files sales --prefix gold/"],
    load: async () => (await import("./files.ts")).namespaceFiles,
  },
  {
    path: "namespace upload",
    args: ["<file>", "[target]"],
    summary: "Store a file below raw/ of a namespace",
    description:
      "The target is [namespace/]raw/path; default: raw/ and the name of the file. The file is sent as it is read.",
    options: [],
    examples: [
      "rat namespace upload weather.csv",
      "rat namespace upload weather.csv sales/raw/2026/weather.csv",
    ],
    load: async () => (await import("./upload.ts")).namespaceUpload,
  },
  {
    path: "namespace download",
    args: ["<path>", "[file]"],
    summary: "Read a file of a namespace",
    description:
      "The path is [namespace/]raw|bronze|silver|gold/…; the file defaults to its last part, - is stdout.",
    options: [],
    examples: [
      "rat namespace download gold/monthly_weather.parquet",
      "rat namespace download raw/weather.csv -",
    ],
    load: async () => (await import("./download.ts")).namespaceDownload,
  },
];
