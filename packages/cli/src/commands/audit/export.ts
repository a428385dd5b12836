import type { AuditExportFormat } from "@rat/client";
import { textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";
import { auditFilter } from "./audit-filter.ts";

/** `rat audit export [file]`: the log, to a file here or to stdout. */
export async function auditExport(context: CommandContext): Promise<ExitCode> {
  const { args, flags, terminal } = context;
  const format = parseFormat(textFlag(flags, "format") ?? "ndjson");
  const file = args[0] ?? `audit.${format}`;
  const client = await context.connect();
  const content = await client.audit.export(format, auditFilter(flags), terminal.interrupted);
  await terminal.save(file, content);
  if (file === "-") return 0;
  await context.show(recordView({ file, format }, { name: file, text: () => [`wrote ${file}`] }));
  return 0;
}

function parseFormat(text: string): AuditExportFormat {
  if (text === "ndjson" || text === "csv") return text;
  throw new CliError("bad_usage", `"${text}" is no format of an export; use ndjson, csv`);
}
