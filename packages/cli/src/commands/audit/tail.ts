import type { RatEvent } from "@rat/client";
import type { CommandContext } from "../../kit/command-spec.ts";
import { formatLimit } from "../../output/age.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { jsonText } from "../../output/json.ts";
import { printable } from "../../output/printable.ts";
import { listView } from "../../output/view.ts";
import { AUDIT_COLUMNS, objectText, recordName, type ShownRecord } from "./audit-view.ts";

/** `rat audit tail`: records as they are written, without end, or those of --timeout. */
export async function auditTail(context: CommandContext): Promise<ExitCode> {
  const { settings, terminal } = context;
  const { format, timeoutMs } = settings;
  if (timeoutMs === undefined && (format === "json" || format === "yaml")) {
    const steps = ["rat audit tail -o ndjson"];
    throw new CliError("bad_usage", `a stream without end is no single ${format} document`, { steps });
  }
  const over = new AbortController();
  const client = await context.connect();
  const stream = client.events({
    topics: ["audit"],
    signal: AbortSignal.any([terminal.interrupted, over.signal]),
    onRetry: (reason, delayMs) => context.say(`connection lost (${reason}); again in ${delayMs} ms`),
  });
  if (timeoutMs === undefined) {
    for await (const event of stream) terminal.out(recordLine(event, format));
    return 0;
  }

  const seen: ShownRecord[] = [];
  const ended = new Error("the time is over");
  const clock = terminal.sleep(timeoutMs, terminal.interrupted).then(() => over.abort(ended));
  try {
    for await (const event of stream) if (isRecord(event)) seen.push(recordOf(event));
  } catch (error) {
    if (error !== ended) throw error;
  }
  await clock;
  const empty = `Nothing was recorded within ${formatLimit(timeoutMs)}.`;
  await context.show(listView(seen, { columns: AUDIT_COLUMNS, name: recordName, empty }));
  return 0;
}

function recordLine(event: RatEvent, format: string): string {
  if (!isRecord(event)) return format === "ndjson" ? jsonText(event, false) : "some records were missed\n";
  const record = recordOf(event);
  if (format === "ndjson") return jsonText(record, false);
  if (format === "name") return `${printable(recordName(record))}\n`;
  const words = [record.at, record.actor, record.action, objectText(record), record.result, record.status];
  return `${printable(words.filter((word) => word !== null).join("  "))}\n`;
}

function isRecord({ type }: RatEvent): boolean {
  return type === "audit.recorded";
}

/** The record of an event, without what every event has besides. */
function recordOf({ data }: RatEvent): ShownRecord {
  const { object: _object, ...record } = data;
  return record as unknown as ShownRecord;
}
