import { expect, test } from "vitest";
import type { RunReports } from "@rat/plugin-sdk";
import { fading, MEMORY, reportOf, type KnownRun } from "./known-run.ts";

const now = new Date(1e12);
const ago = (ms: number): Date => new Date(now.getTime() - ms);

function run(runId: string, endedAgo: number | undefined, more: Partial<KnownRun> = {}): KnownRun {
  const ended =
    endedAgo === undefined ? undefined : { at: ago(endedAgo), report: { status: "success" } as const };
  const entry = {
    runId,
    epoch: 3n,
    boot: "",
    mark: "",
    startedAt: ago(1e6),
    leader: undefined,
    stopped: undefined,
    ended,
  };
  return { entry, active: undefined, reports: undefined, settledAt: undefined, ...more };
}

function reports(bytes: number): RunReports {
  const unused = (): never => expect.fail("not asked for");
  return { bytes, line: unused, status: unused, read: unused, settled: Promise.resolve(true) };
}

const ids = (runs: readonly KnownRun[]): string[] => runs.map(({ entry }) => entry.runId);

test("forgets what is old, and earlier what ratd has", () => {
  const runs = [
    run("active", undefined),
    run("fresh", 1),
    run("old", MEMORY.ms + 1),
    run("settled", MEMORY.settledMs + 1, { settledAt: ago(MEMORY.settledMs + 1) }),
    run("settled just now", MEMORY.settledMs + 1, { settledAt: ago(1) }),
    run("never settled", MEMORY.settledMs + 1),
  ];
  expect(ids(fading(runs, now).forget).toSorted()).toEqual(["old", "settled"]);
});

test("forgets the oldest when there are too many", () => {
  const runs = Array.from({ length: MEMORY.runs + 2 }, (_, at) => run(String(at), at));
  expect(ids(fading(runs, now).forget)).toEqual([String(MEMORY.runs), String(MEMORY.runs + 1)]);
});

test("drops the output of the oldest when there is too much of it", () => {
  const half = MEMORY.outputBytes / 2;
  const runs = [0, 1, 2].map((at) => run(String(at), at, { reports: reports(half) }));
  expect(ids(fading(runs, now).dropOutput)).toEqual(["2"]);
});

test("tells the highest epoch with every report", () => {
  expect(reportOf(run("a", undefined))).toEqual({ status: "running", epoch: 3n });
  expect(reportOf(run("a", 1))).toEqual({ status: "success", epoch: 3n });
});
