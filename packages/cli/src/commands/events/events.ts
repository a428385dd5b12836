import type { RatEvent } from "@rat/client";
import type { CommandContext } from "../../kit/command-spec.ts";
import { formatLimit } from "../../output/age.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { jsonText } from "../../output/json.ts";
import { printable } from "../../output/printable.ts";
import type { Column } from "../../output/table.ts";
import { listView } from "../../output/view.ts";

const DEFAULT_SPAN_MS = 5_000;

const COLUMNS: readonly Column<RatEvent>[] = [
  { title: "AT", value: (event) => fact(event, "at") },
  { title: "EVENT", value: (event) => event.type },
  { title: "OBJECT", value: (event) => fact(event, "object") },
  { title: "WHAT", value: what },
];

/** `rat events`: what happens during a while, or without end with -f. */
export async function events(context: CommandContext): Promise<ExitCode> {
  const { settings, flags, terminal } = context;
  const follow = flags["follow"] === true;
  const { format } = settings;
  if (follow && (format === "json" || format === "yaml")) {
    const steps = ["rat events -f -o ndjson"];
    throw new CliError("bad_usage", `a stream without end is no single ${format} document`, { steps });
  }
  const topics = flags["topics"];
  const after = flags["after"];
  const over = new AbortController();
  const client = await context.connect();
  const stream = client.events({
    ...(typeof topics === "string" ? { topics: topics.split(",").map((topic) => topic.trim()) } : {}),
    ...(typeof after === "string" ? { after } : {}),
    signal: AbortSignal.any([terminal.interrupted, over.signal]),
    onRetry: (reason, delayMs) => context.say(`connection lost (${reason}); again in ${delayMs} ms`),
  });
  if (follow) {
    for await (const event of stream) terminal.out(eventLine(event, format));
    return 0;
  }

  const seen: RatEvent[] = [];
  const span = settings.timeoutMs ?? DEFAULT_SPAN_MS;
  const ended = new Error("the time is over");
  const clock = terminal.sleep(span, terminal.interrupted).then(() => over.abort(ended));
  try {
    for await (const event of stream) seen.push(event);
  } catch (error) {
    if (error !== ended) throw error;
  }
  await clock;
  const empty = `Nothing happened within ${formatLimit(span)}. \`rat events -f\` goes on watching.`;
  await context.show(listView(seen, { columns: COLUMNS, name: (event) => event.id, empty }));
  return 0;
}

function eventLine(event: RatEvent, format: string): string {
  if (format === "ndjson") return jsonText(event, false);
  if (format === "name") return `${printable(event.id)}\n`;
  const words = [fact(event, "at"), event.type, fact(event, "object"), what(event)];
  return `${printable(words.filter((word) => word !== null && word !== "").join("  "))}\n`;
}

/** From what to what, and why. */
function what(event: RatEvent): string {
  const change = [fact(event, "from"), fact(event, "to")].filter((word) => word !== null).join(" → ");
  return [change, fact(event, "message") ?? fact(event, "reason") ?? ""]
    .filter((word) => word !== "")
    .join("  ");
}

function fact(event: RatEvent, name: string): string | null {
  const value = event.data[name];
  return typeof value === "string" ? value : null;
}
