import type { JsonObject, RunReport, RunState } from "@rat/plugin-sdk";

/** What the journal knows of one run. */
export interface JournalEntry {
  readonly runId: string;
  /** The highest epoch seen. */
  readonly epoch: bigint;
  /** The machine's start that saw the run: numbers of processes mean nothing after another one. */
  readonly boot: string;
  readonly mark: string;
  readonly startedAt: Date;
  readonly leader: { readonly pid: number; readonly startTime: string | undefined } | undefined;
  /** What the runner had decided about the run before its program ended. */
  readonly stopped: RunReport | undefined;
  readonly ended: { readonly at: Date; readonly report: RunReport } | undefined;
}

const STATES: readonly RunState[] = ["success", "failed", "cancelled"];

/** An entry as the text of its file. No token and no credential is in it. */
export function formatEntry(entry: JournalEntry): string {
  return JSON.stringify(entry, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}

/** Reads an entry; undefined when the text is none, for example because the machine went down in its midst. */
export function parseEntry(text: string): JournalEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { runId, epoch, boot, mark, startedAt, leader, stopped, ended } = fields(value);
  if (typeof runId !== "string" || typeof epoch !== "string" || !/^-?\d+$/.test(epoch)) return undefined;
  if (typeof boot !== "string" || typeof mark !== "string") return undefined;
  return {
    runId,
    epoch: BigInt(epoch),
    boot,
    mark,
    startedAt: new Date(String(startedAt)),
    leader: leaderOf(leader),
    stopped: reportOf(stopped),
    ended: endOf(ended),
  };
}

function fields(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function leaderOf(value: unknown): JournalEntry["leader"] {
  const { pid, startTime } = fields(value);
  if (typeof pid !== "number") return undefined;
  return { pid, startTime: typeof startTime === "string" ? startTime : undefined };
}

function endOf(value: unknown): JournalEntry["ended"] {
  const { at, report: given } = fields(value);
  const report = reportOf(given);
  return report === undefined ? undefined : { at: new Date(String(at)), report };
}

function reportOf(value: unknown): RunReport | undefined {
  const { status, rowsWritten, durationMs, error, exitCode, result } = fields(value);
  const state = STATES.find((one) => one === status);
  if (state === undefined) return undefined;
  return {
    status: state,
    ...(typeof rowsWritten === "string" ? { rowsWritten: BigInt(rowsWritten) } : {}),
    ...(typeof durationMs === "number" ? { durationMs } : {}),
    ...(typeof error === "string" ? { error } : {}),
    ...(typeof exitCode === "number" ? { exitCode } : {}),
    ...(typeof result === "object" && result !== null ? { result: result as JsonObject } : {}),
  };
}
