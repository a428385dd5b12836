import { expect, test } from "vitest";
import { faultRun, type FaultRunResult } from "../support/fault-run.ts";
import { checkHistory } from "./history/check-history.ts";
import type { History } from "./history/history.ts";
import type { Violation } from "./history/violation.ts";

const ROUNDS = Number(process.env["RAT_FAULT_ROUNDS"] ?? 100);
const RUNS = 3 * ROUNDS;
/** Repeats the faults and the requests, not the moments at which processes notice them. */
const SEED = Number(process.env["RAT_FAULT_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const LONG = ROUNDS > 100;

test(
  `${RUNS} runs through kills, pauses, wrong clocks and stray reports: none lost, none twice`,
  { timeout: 120_000 + RUNS * 400 },
  async () => {
    const started = performance.now();
    const result = await faultRun({ seed: SEED, runs: RUNS, ratds: LONG ? 3 : 2, drainMs: 90_000 });
    const violations = checkHistory(result.history);
    process.stdout.write(`${summary(result, violations, performance.now() - started)}\n`);
    expect(violations.map((violation) => tell(result.history, violation))).toEqual([]);
    expect(result.surprises).toEqual([]);
    expect(new Set(result.history.acknowledged.map(({ key }) => key)).size).toBe(RUNS);
    // Without a refused write nothing was ever late, and the test proves nothing.
    expect(result.refused.writes).toBeGreaterThan(0);
  },
);

/** A violation with all that happened to its run. */
function tell({ executor, runs, attempts }: History, violation: Violation): object {
  const [run = ""] = violation.of.split(".");
  return {
    ...violation,
    row: runs.find(({ id }) => id === run),
    attempts: attempts.filter((row) => row.run === run),
    events: executor.flatMap((event) =>
      "name" in event && event.name.startsWith(run) ? [JSON.stringify({ ...event, token: undefined })] : [],
    ),
  };
}

function summary(
  { history, faults, cancels, refused }: FaultRunResult,
  violations: readonly Violation[],
  ms: number,
): string {
  const count = (...rules: Violation["rule"][]) =>
    violations.filter(({ rule }) => rules.includes(rule)).length;
  const strays = history.executor.filter(({ kind }) => kind === "stray").length;
  const resumed = history.executor.filter(({ kind }) => kind === "resumed").length;
  return [
    `runs under faults: seed ${SEED}, ${history.runs.length} runs, ${history.attempts.length} attempts`,
    `kill -9: ${faults.ratd} ratd, ${faults.executor} executor, ${faults.postgres} PostgreSQL`,
    `${faults.pause} pauses, ${cancels} cancels, ${resumed} resumed, ${strays} stray reports`,
    `refused: ${refused.writes} stale writes, ${refused.epochs} old epochs`,
    `${count("lost")} lost, ${count("completed twice", "started twice", "ended twice", "overlap")} twice, ${violations.length} violations`,
    `${Math.round(ms / 1000)} s`,
  ].join("; ");
}
