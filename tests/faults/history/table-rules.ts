import { runOf, type Execution } from "./executor-rules.ts";
import type { AttemptRow, History, RunRow } from "./history.ts";
import type { Violation } from "./violation.ts";

/** What the tables say, by itself and next to what the executor did. */
export function checkTables(
  { runs, attempts }: History,
  executions: ReadonlyMap<string, Execution>,
): readonly Violation[] {
  const byRun = Map.groupBy(attempts, ({ run }) => run);
  const rowOf = new Map(attempts.map((row) => [`${row.run}.${row.attempt}`, row]));
  const ids = new Set(runs.map(({ id }) => id));
  return [
    ...runs.flatMap((run) => {
      const rows = (byRun.get(run.id) ?? []).toSorted((a, b) => a.attempt - b.attempt);
      return [...checkCount(run, rows), ...checkEnd(run, rows)];
    }),
    ...attempts.flatMap((row) => checkAttempt(row, executions.get(`${row.run}.${row.attempt}`))),
    ...[...executions.values()].flatMap((execution) =>
      ids.has(runOf(execution.name)) ? checkExecution(execution, rowOf.get(execution.name)) : [],
    ),
  ];
}

/** Attempts are numbered one after the other, each but the last may be followed by another, and none is missing. */
function checkCount(run: RunRow, rows: readonly AttemptRow[]): readonly Violation[] {
  const violations: Violation[] = [];
  const numbers = rows.map(({ attempt }) => attempt);
  if (numbers.some((number, index) => number !== index + 1)) {
    violations.push({ rule: "miscounted", of: run.id, detail: `attempts ${numbers.join(", ")}` });
  }
  const goesOn = (state: string) => state === "lost" || (state === "failed" && run.retryOnFailure);
  const counting = rows.filter(({ state }) => !goesOn(state));
  const early = rows.slice(0, -1).filter(({ state }) => !goesOn(state));
  if (counting.length > 1 || early.length > 0) {
    const told = rows.map(({ attempt, state }) => `${attempt} ${state}`).join(", ");
    violations.push({ rule: "completed twice", of: run.id, detail: told });
  }
  const last = rows.at(-1);
  const given = last !== undefined && goesOn(last.state) && run.state === "failed" && !run.cancelRequested;
  if (rows.length > run.maxAttempts || (given && rows.length < run.maxAttempts)) {
    const detail = `${run.state} after ${rows.length} of ${run.maxAttempts} attempts`;
    violations.push({ rule: "miscounted", of: run.id, detail });
  }
  return violations;
}

/** A run ends as its last attempt did; without one, only a cancel ends it. */
function checkEnd(run: RunRow, rows: readonly AttemptRow[]): readonly Violation[] {
  const last = rows.at(-1);
  const wrong = (detail: string): Violation[] => [{ rule: "disagreement", of: run.id, detail }];
  switch (run.state) {
    case "success":
      return last?.state === "success" ? [] : wrong(`success, and its last attempt is ${last?.state}`);
    case "failed":
      return last?.state === "failed" || last?.state === "lost"
        ? []
        : wrong(`failed, and its last attempt is ${last?.state}`);
    case "cancelled":
      if (!run.cancelRequested) return wrong("cancelled, and nobody asked for it");
      return last?.state === "success" ? wrong("cancelled, and its last attempt is success") : [];
    default:
      return [];
  }
}

/** An attempt's row says what the executor said. */
function checkAttempt(row: AttemptRow, execution: Execution | undefined): readonly Violation[] {
  const ended = execution?.ends.at(0);
  if (row.state === ended) return [];
  const of = `${row.run}.${row.attempt}`;
  const did = execution === undefined ? "never started it" : `ended it as ${ended ?? "nothing yet"}`;
  return [{ rule: "disagreement", of, detail: `kept as ${row.state}; the executor ${did}` }];
}

/** What the executor ended well is kept. */
function checkExecution({ name, ends }: Execution, row: AttemptRow | undefined): readonly Violation[] {
  if (!ends.includes("success") || row?.state === "success") return [];
  return [
    { rule: "disagreement", of: name, detail: `ended well, and is kept as ${row?.state ?? "nothing"}` },
  ];
}
