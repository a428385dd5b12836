import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { createManualClock } from "../../../../../tests/support/manual-clock.ts";
import type { LogLine } from "../../runs/logs/log-store.ts";
import { RunWatch } from "../../runs/run-watch.ts";
import type { Run } from "../../runs/run.ts";
import { LogTail } from "./log-tail.ts";

const LINES = [0, 1, 2].map((offset): LogLine => ({
  offset,
  at: 0,
  level: "info",
  message: `line ${offset}`,
}));

/** Opens a tail on a run of which the feed has heard nothing yet; what it sent, once it has ended. */
async function tailOf(run: Partial<Run>): Promise<string> {
  let sent = "";
  const response = {
    writableNeedDrain: false,
    writeHead: () => undefined,
    write: (text: string) => ((sent += text), true),
    end: () => undefined,
  } as unknown as ServerResponse;
  const whole = { id: "run", attempt: 1, reason: "", exitCode: 0, ...run } as Run;
  const tail = new LogTail(
    response,
    whole,
    { attempt: 1, offset: 0 },
    {
      logs: {
        follow: () => ({ lines: () => Promise.resolve([]), [Symbol.dispose]: () => undefined }),
        read: (_run, attempt, offset) => {
          const lines = attempt === 1 ? LINES.slice(offset) : [];
          return Promise.resolve({ lines, next: Math.max(offset, LINES.length) });
        },
      },
      store: { get: () => Promise.resolve(whole) },
      watch: new RunWatch(),
      clock: createManualClock(),
      headers: {},
    },
  );
  await tail.open();
  return sent;
}

test.each([
  ["a run that has ended", { state: "success" }],
  ["an attempt that another has followed", { state: "failed", attempt: 2 }],
] as const)("sends the last lines of %s, also when word of them comes late", async (_what, run) => {
  const sent = await tailOf(run);
  expect(sent.match(/line \d/g)).toEqual(["line 0", "line 1", "line 2"]);
  expect(sent).toMatch(/event: end\n.*\n\n$/);
});
