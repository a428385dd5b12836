import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunReport } from "@rat/plugin-sdk";
import { expect, onTestFinished, test } from "vitest";
import { Journal } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";

const running: JournalEntry = {
  runId: "../../etc/x.1",
  epoch: 2n ** 60n,
  boot: "b",
  mark: "m",
  startedAt: new Date(5),
  leader: { pid: 7, startTime: "123" },
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

test("a run id is no path, and a torn file is left aside", () => {
  const path = folder();
  const journal = new Journal(path);
  journal.write(running);
  expect(readdirSync(path)).toHaveLength(1);
  writeFileSync(join(path, "torn.json"), '{"runId":"c","ep');
  writeFileSync(join(path, "other.json"), '{"runId":"c"}');
  expect(journal.read()).toEqual([running]);
});
