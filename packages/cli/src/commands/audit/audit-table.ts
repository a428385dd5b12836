import type { CommandSpec } from "../../kit/command-spec.ts";
import { AUDIT_FILTER_OPTIONS } from "./audit-filter.ts";

/** The commands about the audit log. */
export const AUDIT_COMMANDS: readonly CommandSpec[] = [
  {
    path: "audit list",
    args: [],
    summary: "Audit records, newest first",
    options: [...AUDIT_FILTER_OPTIONS, { flags: "--limit <n>", description: "at most so many; default 50" }],
    examples: ["rat audit list --action keys.", "rat audit list --result refused --actor alice -o wide"],
    load: async () => (await import("./list.ts")).auditList,
  },
  {
    path: "audit tail",
    args: [],
    summary: "Audit records as they are written, until Ctrl-C",
    description: "With --timeout those of that time, as a list.",
    options: [],
    examples: ["rat audit tail", "rat audit tail -o ndjson"],
    load: async () => (await import("./tail.ts")).auditTail,
  },
  {
    path: "audit verify",
    args: [],
    summary: "Whether the audit log is as it was written",
    description:
      "Exits 1 and names the first bad record of each chain when records were edited, removed or cut off. With --file an " +
      "export is checked, without a ratd: each record and its place, but not what is missing at the end of a chain.",
    options: [{ flags: "--file <file>", description: "an NDJSON export in place of the log of ratd" }],
    examples: ["rat audit verify", "rat audit verify --file audit.ndjson"],
    load: async () => (await import("./verify.ts")).auditVerify,
  },
  {
    path: "audit export",
    args: ["[file]"],
    summary: "The audit log as NDJSON or CSV, each chain from its beginning",
    description: "The file defaults to audit.ndjson or audit.csv, - is stdout.",
    options: [
      { flags: "--format <format>", description: "ndjson (default) or csv" },
      ...AUDIT_FILTER_OPTIONS,
    ],
    examples: ["rat audit export", "rat audit export keys.csv --format csv --action keys."],
    load: async () => (await import("./export.ts")).auditExport,
  },
];
