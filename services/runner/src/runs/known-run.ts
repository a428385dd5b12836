import type { RunReport, RunReports } from "@rat/plugin-sdk";
import type { JournalEntry } from "../journal/journal-entry.ts";
import type { ActiveRun } from "./active-run.ts";

/** A run that the runner remembers. */
export interface KnownRun {
  entry: JournalEntry;
  /** Undefined once it has ended. */
  active: ActiveRun | undefined;
  /** Undefined when an earlier runner had the run and nobody has asked since, or its output is gone. */
  reports: RunReports | undefined;
  /** When ratd took the end. */
  settledAt: Date | undefined;
}

/** Where a run stands. */
export function reportOf({ entry, active }: KnownRun): RunReport {
  const { epoch } = entry;
  if (entry.ended !== undefined) return { ...entry.ended.report, epoch };
  return { status: "running", epoch, ...(active === undefined ? {} : { durationMs: active.durationMs }) };
}

/** A run without its answer: what ratd has need not be kept. */
export function withoutResult({ entry }: KnownRun): JournalEntry {
  if (entry.ended === undefined) return entry;
  const { result: _result, ...report } = entry.ended.report;
  return { ...entry, ended: { ...entry.ended, report } };
}

/** How long and how many ended runs are remembered. */
export const MEMORY = {
  runs: 10_000,
  ms: 24 * 3_600_000,
  settledMs: 600_000,
  outputBytes: 128 * 1024 * 1024,
  results: 500,
} as const;

/** Which ended runs to forget, and of which to drop the output. `runs` is in the order of their ends. */
export function fading(
  runs: readonly KnownRun[],
  now: Date,
): {
  readonly forget: readonly KnownRun[];
  readonly dropOutput: readonly KnownRun[];
  readonly dropResult: readonly KnownRun[];
} {
  const ended = runs
    .filter(({ entry }) => entry.ended !== undefined)
    .toSorted((a, b) => (b.entry.ended?.at.getTime() ?? 0) - (a.entry.ended?.at.getTime() ?? 0));
  const forget = new Set(
    ended.filter(({ entry, settledAt }, at) => {
      const age = now.getTime() - (entry.ended?.at.getTime() ?? 0);
      const settledFor = settledAt === undefined ? 0 : now.getTime() - settledAt.getTime();
      return at >= MEMORY.runs || age > MEMORY.ms || settledFor > MEMORY.settledMs;
    }),
  );
  let bytes = 0;
  const dropOutput = ended.filter((run) => {
    bytes += run.reports?.bytes ?? 0;
    return run.reports !== undefined && !forget.has(run) && bytes > MEMORY.outputBytes;
  });
  const dropResult = ended
    .filter(({ entry }) => entry.ended?.report.result !== undefined)
    .slice(MEMORY.results)
    .filter((run) => !forget.has(run));
  return { forget: [...forget], dropOutput, dropResult };
}
