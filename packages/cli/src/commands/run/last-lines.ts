import type { Client, RunLogLine } from "@rat/client";

const LINES = 10;
const PAGE = 5_000;
const MOST_PAGES = 20;

/** The last lines of the last attempt, of those that can be reached in a few requests. */
export async function lastLines(client: Client, run: string): Promise<readonly RunLogLine[]> {
  let last: readonly RunLogLine[] = [];
  let offset = 0;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { lines, next_offset: next } = await client.runs.logs(run, { offset, limit: PAGE });
    last = [...last, ...lines].slice(-LINES);
    if (lines.length === 0 || next <= offset) break;
    offset = next;
  }
  return last;
}
