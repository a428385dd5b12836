import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { RunStatus } from "@rat/contracts/common";
import type { ExecutorService } from "@rat/contracts/executor";
import type { ExecutorPort } from "../../services/ratd/src/slots/executor/executor.ts";
import type { Implementation } from "./suites/port-suite.ts";

const AT = new Date(Date.UTC(2026, 0, 1));

/** An executor that answers the same to every call. */
export const executorService = {
  submit: ({ runId }) => ({ runId, status: RunStatus.RUNNING }),
  cancel: () => ({ cancelled: true }),
  getRunStatus: ({ runId }) => ({
    runId,
    status: RunStatus.FAILED,
    rowsWritten: 3n,
    durationMs: 1500n,
    error: "exit code 2",
    exitCode: 2,
    result: { rows: [1] },
  }),
  listRuns: () => ({ runs: [{ runId: "run.1", epoch: 5n, status: RunStatus.RUNNING }], capacity: 4 }),
  async *streamLogs({ offset }) {
    yield { offset, level: "info", message: "first", timestamp: timestampFromDate(AT) };
    yield { offset: offset + 5n, level: "warn", message: "after a gap" };
  },
} satisfies ServiceImpl<typeof ExecutorService>;

/** What the calls of a port come to that asks it. */
export const EXECUTOR_WELL: Implementation<ExecutorPort>["well"] = {
  submit: { answer: "running" },
  cancel: { answer: true },
  status: {
    answer: {
      status: "failed",
      rowsWritten: 3n,
      durationMs: 1500,
      error: "exit code 2",
      exitCode: 2,
      result: { rows: [1] },
    },
  },
  list: { answer: { runs: [{ runId: "run.1", epoch: 5n, status: "running" }], capacity: 4 } },
  logs: {
    answer: [
      { offset: 7, at: AT, level: "info", message: "first" },
      { offset: 12, at: undefined, level: "warn", message: "after a gap" },
    ],
  },
};
