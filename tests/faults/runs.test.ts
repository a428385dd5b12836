import type { Client } from "pg";
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
const PLANT_TRIES = 6;

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

/** Defects in the database that ratd relies on: what to change in which function, and how it shows. */
const PLANTS: readonly [string, readonly Violation["rule"][], (sql: Client) => Promise<void>][] = [
  [
    "ends are written without their epoch",
    ["stale write taken", "disagreement"],
    (sql) => rewrite(sql, "finish_runs", "AND r.epoch = m.epoch", ""),
  ],
  [
    "a takeover begins another attempt, as a lease without a fence would",
    ["overlap"],
    (sql) =>
      rewrite(sql, "adopt_runs", "epoch = r.epoch + 1", "epoch = r.epoch + 1, attempt = r.attempt + 1"),
  ],
  [
    "what another replica is handing over is claimed again",
    ["overlap", "miscounted"],
    (sql) => rewrite(sql, "claim_runs", "r.owner IS NULL", "true"),
  ],
  [
    "keys are not unique",
    ["two runs for a key"],
    (sql) => sql.query("ALTER TABLE run_requests DROP CONSTRAINT run_requests_pkey").then(() => undefined),
  ],
];

test.each(PLANTS)("%s: found", { timeout: 240_000 }, async (_what, rules, plant) => {
  // A defect shows when faults meet it: a few tries.
  for (let seed = SEED; seed < SEED + PLANT_TRIES; seed++) {
    const faults = ["pause"] as const;
    const options = { seed, runs: 80, ratds: 2, drainMs: 1000, longRuns: 0.7, faults, plant };
    const found = new Set(checkHistory((await faultRun(options)).history).map(({ rule }) => rule));
    if (rules.some((rule) => found.has(rule))) return;
  }
  expect.unreachable("the defect was not found");
});

async function rewrite(sql: Client, name: string, from: string, to: string): Promise<void> {
  const { rows } = await sql.query<{ text: string }>("SELECT pg_get_functiondef($1::regproc) AS text", [
    name,
  ]);
  const text = rows[0]?.text ?? "";
  expect(text).toContain(from);
  await sql.query(text.replaceAll(from, to));
}

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
