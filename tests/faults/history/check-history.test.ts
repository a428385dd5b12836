import { expect, test } from "vitest";
import { checkHistory } from "./check-history.ts";
import type { ExecutorEvent, History, RunRow } from "./history.ts";
import type { Rule } from "./violation.ts";

const started = (name: string): ExecutorEvent => ({ kind: "started", name });
const ended = (name: string, as: "success" | "failed" | "cancelled" | "lost"): ExecutorEvent => ({
  kind: "ended",
  name,
  as,
});
const stray = (sort: "late" | "forged" | "repeated", answer: "taken" | "refused"): ExecutorEvent => ({
  kind: "stray",
  name: "a.1",
  sort,
  answer,
});
const run = (id: string, state: string, attempt = 1, more: Partial<RunRow> = {}): RunRow => ({
  id,
  state,
  attempt,
  maxAttempts: 3,
  retryOnFailure: false,
  cancelRequested: false,
  ...more,
});

/** Run a ends well, b is lost once and then ends well, c fails, d is cancelled, e before it began. */
const GOOD: History = {
  acknowledged: ["a", "a", "b", "c", "d", "e"].map((id) => ({ key: `key-${id}`, run: id })),
  executor: [
    { kind: "boot" },
    { kind: "submitted", name: "a.1", epoch: "1" },
    started("a.1"),
    started("b.1"),
    started("c.1"),
    ended("a.1", "success"),
    { kind: "refused", name: "a.1", epoch: "1" },
    stray("late", "refused"),
    stray("forged", "refused"),
    stray("repeated", "taken"),
    { kind: "boot" },
    ended("b.1", "lost"),
    { kind: "resumed", name: "c.1" },
    ended("c.1", "failed"),
    started("b.2"),
    ended("b.2", "success"),
    started("d.1"),
    ended("d.1", "cancelled"),
  ],
  runs: [
    run("a", "success"),
    run("b", "success", 2),
    run("c", "failed"),
    run("d", "cancelled", 1, { cancelRequested: true }),
    run("e", "cancelled", 0, { cancelRequested: true }),
  ],
  attempts: [
    { run: "a", attempt: 1, state: "success" },
    { run: "b", attempt: 1, state: "lost" },
    { run: "b", attempt: 2, state: "success" },
    { run: "c", attempt: 1, state: "failed" },
    { run: "d", attempt: 1, state: "cancelled" },
  ],
  requests: ["a", "b", "c", "d", "e"].map((id) => ({ key: `key-${id}`, run: id })),
};

test("a history in which everything went well breaks nothing", () => {
  expect(checkHistory(GOOD)).toEqual([]);
});

const setRun = (id: string, more: Partial<RunRow>) => ({
  ...GOOD,
  runs: GOOD.runs.map((row) => (row.id === id ? { ...row, ...more } : row)),
});
const after = (...events: ExecutorEvent[]) => ({ ...GOOD, executor: [...GOOD.executor, ...events] });
const plus = (attempt: number, state: string, id = "a") => ({
  ...GOOD,
  attempts: [...GOOD.attempts, { run: id, attempt, state }],
});

test.each<[string, Rule, string, History]>([
  [
    "an acknowledged run that is gone",
    "lost",
    "a",
    { ...GOOD, runs: GOOD.runs.filter(({ id }) => id !== "a") },
  ],
  ["a run that waits for ever", "lost", "a", setRun("a", { state: "pending" })],
  ["a run that runs for ever", "lost", "a", setRun("a", { state: "running" })],
  ["a second success in the tables", "completed twice", "a", plus(2, "success")],
  ["an attempt after a success", "completed twice", "a", plus(2, "lost")],
  ["an attempt after a failure that is not to be retried", "completed twice", "c", plus(2, "failed", "c")],
  [
    "a second success at the executor",
    "completed twice",
    "a",
    after(started("a.2"), ended("a.2", "success")),
  ],
  ["an attempt that starts again", "started twice", "a.1", after(started("a.1"))],
  ["an attempt that ends again", "ended twice", "a.1", after(ended("a.1", "failed"))],
  ["two attempts at a time", "overlap", "d.3", after(started("d.2"), started("d.3"), ended("d.2", "lost"))],
  [
    "an attempt beside one that was resumed",
    "overlap",
    "d.3",
    after(started("d.2"), { kind: "boot" }, { kind: "resumed", name: "d.2" }, started("d.3")),
  ],
  ["success of a run that failed", "disagreement", "c", setRun("c", { state: "success" })],
  ["failure of a run that ended well", "disagreement", "a", setRun("a", { state: "failed" })],
  ["cancelled, and nobody asked", "disagreement", "d", setRun("d", { cancelRequested: false })],
  [
    "an attempt kept as it did not end",
    "disagreement",
    "c.1",
    {
      ...GOOD,
      attempts: GOOD.attempts.map((row) => (row.run === "c" ? { ...row, state: "success" } : row)),
    },
  ],
  [
    "an attempt that ended without having ended",
    "disagreement",
    "a.1",
    { ...GOOD, executor: GOOD.executor.filter(({ kind }) => kind !== "ended") },
  ],
  [
    "an attempt that ended without having started",
    "disagreement",
    "a.1",
    { ...GOOD, executor: GOOD.executor.filter((event) => !("name" in event) || event.name !== "a.1") },
  ],
  ["a success that was thrown away", "disagreement", "e.1", after(started("e.1"), ended("e.1", "success"))],
  [
    "a gap in the attempts",
    "miscounted",
    "b",
    { ...GOOD, attempts: GOOD.attempts.filter((row) => row.run !== "b" || row.attempt !== 1) },
  ],
  [
    "a run that was given up too early",
    "miscounted",
    "b",
    {
      ...setRun("b", { state: "failed" }),
      attempts: GOOD.attempts.filter((row) => row.run !== "b" || row.attempt !== 2),
    },
  ],
  ["more attempts than allowed", "miscounted", "b", setRun("b", { maxAttempts: 1 })],
  [
    "a key that was answered with two runs",
    "two runs for a key",
    "key-a",
    { ...GOOD, acknowledged: [...GOOD.acknowledged, { key: "key-a", run: "b" }] },
  ],
  [
    "a run that no request made",
    "two runs for a key",
    "a",
    { ...GOOD, requests: GOOD.requests.filter(({ run: id }) => id !== "a") },
  ],
  ["a forgery that was believed", "forgery taken", "a.1", after(stray("forged", "taken"))],
  ["a report of an epoch that was over", "stale write taken", "a.1", after(stray("late", "taken"))],
])("finds %s", (_what, rule, of, history) => {
  expect(checkHistory(history)).toContainEqual({ rule, of, detail: expect.any(String) });
});
