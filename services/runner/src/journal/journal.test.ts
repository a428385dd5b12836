import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPluginLog, type RunReport } from "@rat/plugin-sdk";
import { expect, onTestFinished, test } from "vitest";
import { Journal } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { recover } from "./recover.ts";

const running: JournalEntry = {
  runId: "../../etc/x.1",
  epoch: 2n ** 60n,
  boot: "b",
  mark: "m",
  startedAt: new Date(5),
  leader: { pid: 7, startTime: "123" },
  stopped: undefined,
  ended: undefined,
};

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "rat-journal-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test("tells a later process what it was told", () => {
  const path = folder();
  const report: RunReport = {
    status: "success",
    rowsWritten: 3n,
    durationMs: 9,
    exitCode: 0,
    result: { a: [1] },
  };
  const ended: JournalEntry = { ...running, runId: "b", ended: { at: new Date(6), report } };
  const journal = new Journal(path);
  journal.write({ ...running, epoch: 1n });
  journal.write(running);
  journal.write(ended);
  expect(new Journal(path).read().toSorted((a, b) => (a.runId < b.runId ? -1 : 1))).toEqual([running, ended]);
  journal.forget("b");
  expect(new Journal(path).read()).toEqual([running]);
});

test.each([
  ["an exit code", "3\n", { status: "failed", error: "exit code 3", exitCode: 3 }],
  [
    "an exit code after a signal",
    "143\n",
    { status: "failed", error: "exit code 143 (SIGTERM)", exitCode: 143 },
  ],
  [
    "a query's rows",
    '{"result":{"rows_written":7}}',
    { status: "success", rowsWritten: 7n, result: { rows_written: 7 } },
  ],
  ["a query's error", '{"error":"no table"}', { status: "failed", error: "no table" }],
  ["no end of its own", "137\n", undefined],
  ["nothing yet", "", undefined],
  ["half of something", '{"result":{"rows', undefined],
])("reads an end that was left: %s", (_what, text, report) => {
  const journal = new Journal(folder());
  const file = journal.newEndFile("a");
  expect(journal.leftEnd("a")).toBeUndefined();
  writeFileSync(file, text);
  expect(journal.leftEnd("a")?.report).toEqual(report);
  expect(journal.newEndFile("a")).toBe(file);
  expect(journal.leftEnd("a")).toBeUndefined();
});

test("what was decided about a run stands, however its program ended then", async () => {
  const journal = new Journal(folder());
  const stopped: RunReport = { status: "cancelled" };
  journal.write({ ...running, runId: "a", stopped });
  writeFileSync(journal.newEndFile("a"), "0\n");
  const lines: string[] = [];
  const log = createPluginLog({
    name: "runner",
    slot: "executor",
    level: "info",
    secrets: [],
    destination: { write: (line) => void lines.push(line) },
  });
  const [entry] = await recover(journal, { boot: "another", log, now: () => new Date(9) });
  expect(entry?.ended?.report).toMatchObject({ status: "cancelled", exitCode: 0 });
  expect(lines).toEqual([]);
  expect(journal.leftEnd("a")).toBeUndefined();
});

test("a run id is no path, and a torn file is left aside", () => {
  const path = folder();
  const journal = new Journal(path);
  journal.write(running);
  expect(readdirSync(path)).toHaveLength(1);
  writeFileSync(join(path, "torn.json"), '{"runId":"c","ep');
  writeFileSync(join(path, "other.json"), '{"runId":"c"}');
  expect(journal.read()).toEqual([running]);
});
