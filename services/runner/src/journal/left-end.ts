import { closeSync, constants as files, fstatSync, openSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { parseSqlOutcome } from "@rat/executor-kit/sql-job";
import type { RunReport } from "@rat/plugin-sdk";
import { outcomeOf } from "../runs/launch.ts";

/** The end of a run as the process beside its program left it. */
export interface LeftEnd {
  readonly at: Date;
  readonly report: RunReport;
}

/** What a shell makes of SIGKILL: whoever killed the runner may have killed the program with it. */
const KILLED = 128 + constants.signals.SIGKILL;
const MAX_BYTES = 1024 * 1024;

/** Reads a file of the journal's folder: an exit code, or the outcome of a query; undefined while there is no end. */
export function readEnd(file: string): LeftEnd | undefined {
  try {
    const fd = openSync(file, files.O_RDONLY | files.O_NOFOLLOW);
    try {
      const { size, mtime } = fstatSync(fd);
      if (size > MAX_BYTES) return undefined;
      const report = reportOf(JSON.parse(readFileSync(fd, "utf8")));
      return report === undefined ? undefined : { at: mtime, report };
    } finally {
      closeSync(fd);
    }
  } catch {
    // None yet, or one that broke off.
    return undefined;
  }
}

function reportOf(left: unknown): RunReport | undefined {
  if (left === KILLED) return undefined;
  if (typeof left === "number") return outcomeOf({ code: left, signal: null });
  const { error, result } = parseSqlOutcome(left);
  if (error !== undefined) return { status: "failed", error };
  if (result === undefined) return undefined;
  const { rows_written: rows } = result;
  return {
    status: "success",
    rowsWritten: BigInt(typeof rows === "number" ? rows : 0),
    result: { ...result },
  };
}
