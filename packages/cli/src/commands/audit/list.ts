import { numberFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { auditFilter } from "./audit-filter.ts";
import { AUDIT_COLUMNS, recordName } from "./audit-view.ts";

const DEFAULT_LIMIT = 50;

/** `rat audit list`: records, newest first. */
export async function auditList(context: CommandContext): Promise<ExitCode> {
  const { flags } = context;
  const limit = numberFlag(flags, "limit", { min: 1, max: 1_000_000 }) ?? DEFAULT_LIMIT;
  const client = await context.connect();
  const records = await client.audit.list(auditFilter(flags), { limit });
  const empty = "No records here. Without options: the newest 50.";
  await context.show(listView(records, { columns: AUDIT_COLUMNS, name: recordName, empty }));
  return 0;
}
