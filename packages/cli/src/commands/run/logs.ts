import type { Client, RunLogLine } from "@rat/client";
import { numberFlag, textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { connectForWait, demandStreamFormat } from "./after-start.ts";
import { levelFilter, logLineText, plainLogLine } from "./log-line.ts";
import { outcomeOf, watchRun } from "./watch-run.ts";

const PAGE = 5_000;

/** `rat run logs <run>`: its output so far, or with --follow until its end. */
export async function runLogs(context: CommandContext): Promise<ExitCode> {
  const { args, flags, settings, terminal } = context;
  const [id = ""] = args;
  demandStreamFormat(context, `rat run logs ${id}`);
  const attempt = numberFlag(flags, "attempt", { min: 1, max: 1_000 });
  const isShown = levelFilter(textFlag(flags, "level"));
  if (flags["follow"] === true) {
    const client = await connectForWait(context);
    return outcomeOf(context, await watchRun(context, client, id, { lines: isShown, attempt }));
  }
  const client = await context.connect();
  const { format } = settings;
  if (format === "table" || format === "wide" || format === "ndjson") {
    for await (const lines of pages(client, id, attempt)) {
      terminal.out(
        lines
          .filter(isShown)
          .map((line) => logLineText(line, settings))
          .join(""),
      );
    }
    return 0;
  }
  const all: RunLogLine[] = [];
  for await (const lines of pages(client, id, attempt)) all.push(...lines.filter(isShown));
  const columns = [
    { title: "LINE", value: (line: RunLogLine) => plainLogLine(line, settings.paint, false) },
  ] as const;
  await context.show(listView(all, { columns, name: ({ message }) => message, empty: "No output." }));
  return 0;
}

async function* pages(
  client: Client,
  id: string,
  attempt: number | undefined,
): AsyncGenerator<readonly RunLogLine[]> {
  let offset = 0;
  for (;;) {
    const { lines, next_offset: next } = await client.runs.logs(id, { attempt, offset, limit: PAGE });
    yield lines;
    if (lines.length === 0 || next <= offset) return;
    offset = next;
  }
}
