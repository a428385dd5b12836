import { RunStatus as WireStatus } from "@rat/contracts/common";
import { ExecutorService } from "@rat/contracts/executor";
import { expect } from "vitest";
import type {
  ExecutorPort,
  RunStatus,
  RunSubmission,
} from "../../../services/ratd/src/slots/executor/executor.ts";
import type { LabExecutor } from "../lab-executor.ts";
import { checkDate, checkText } from "./answer-checks.ts";
import {
  contextOf,
  portCases,
  runCases,
  settle,
  type Implementation,
  type PortCalls,
  type PortCase,
} from "./port-suite.ts";

const { submit, cancel, getRunStatus, listRuns, streamLogs } = ExecutorService.method;

/** One attempt of a run, as ratd hands it over. */
export const SUBMISSION: RunSubmission = {
  runId: "run.1",
  namespace: "sales",
  layer: "bronze",
  pipelineName: "orders",
  trigger: "manual",
  s3Credentials: {},
  env: {},
  epoch: 5n,
  deadline: undefined,
  spec: { argv: ["true"] },
  kind: "command",
  token: "",
  reportUrl: "",
};

const STATUSES: readonly RunStatus[] = ["pending", "running", "success", "failed", "cancelled"];
const MALFORMED = { refused: "plugin_malformed" } as const;
/** A run that was certainly not taken may be handed to somebody else. */
const NOT_TAKEN = { refused: "executor_unavailable" } as const;

/** Replies that say nothing of the run that was asked for. */
const BAD_STATUSES = {
  "the status of another run": [{ runId: "run.2", status: WireStatus.RUNNING }, MALFORMED],
  "no status": [{ runId: SUBMISSION.runId }, MALFORMED],
  "a status of a later version": [{ runId: SUBMISSION.runId, status: 99 }, MALFORMED],
} as const;

const EXECUTOR_CALLS: PortCalls<ExecutorPort> = {
  submit: {
    rpc: submit,
    ask: (port, context) => port.submit(SUBMISSION, context),
    check: (status) => expect(STATUSES).toContain(status),
    mishaps: { empty: MALFORMED, gone: NOT_TAKEN, full: NOT_TAKEN },
    replies: BAD_STATUSES,
  },
  cancel: {
    rpc: cancel,
    ask: (port, context) => port.cancel(SUBMISSION.runId, context),
    check: (cancelled) => expect(cancelled).toBeTypeOf("boolean"),
    mishaps: { empty: { answer: false } },
  },
  status: {
    rpc: getRunStatus,
    ask: (port, context) => port.status(SUBMISSION.runId, context),
    check({ status, error }) {
      expect(STATUSES).toContain(status);
      checkText(error);
    },
    mishaps: { empty: MALFORMED },
    replies: BAD_STATUSES,
  },
  list: {
    rpc: listRuns,
    ask: (port, context) => port.list(context),
    check({ runs, capacity }) {
      expect(capacity).toBeGreaterThanOrEqual(0);
      for (const { status } of runs) expect(STATUSES).toContain(status);
    },
    mishaps: { empty: { answer: { runs: [], capacity: 0 } } },
    replies: {
      "a run of a status of a later version": [
        { runs: [{ runId: "run.1", status: 99 }], capacity: 4 },
        { answer: { runs: [], capacity: 4 } },
      ],
      "less than no places": [{ capacity: -1 }, { answer: { runs: [], capacity: 0 } }],
    },
  },
  logs: {
    rpc: streamLogs,
    ask: (port, context) => Array.fromAsync(port.logs(SUBMISSION.runId, 7, false, context)),
    check(lines) {
      let next = 7;
      for (const { offset, at, level, message } of lines) {
        expect(Number.isSafeInteger(offset) && offset >= next).toBe(true);
        next = offset + 1;
        checkDate(at);
        checkText(level);
        checkText(message);
      }
    },
    mishaps: { empty: { answer: [] } },
    replies: {
      "a line without a number": [
        { level: "info", message: "hello" },
        { answer: [{ offset: 7, at: undefined, level: "info", message: "hello" }] },
      ],
      "a line beyond all counting": [{ offset: 2n ** 62n }, MALFORMED],
    },
  },
};

/** An executor port, and the executor that carries its runs out, if there is one. */
export interface ExecutorSubject {
  readonly port: ExecutorPort;
  readonly lab: LabExecutor;
}

/** What an executor promises that takes runs. The executor behind it holds what it takes. */
export function runOrderCases(create: () => ExecutorSubject): readonly PortCase[] {
  const promise = (name: string, run: (subject: ExecutorSubject) => Promise<void>) => ({
    name,
    async run() {
      const subject = create();
      subject.lab.plan = "hold";
      subject.lab.pushes = false;
      await run(subject);
    },
  });
  return [
    promise(
      "a run that is submitted again is not started again, and answers where it stands",
      async ({ port, lab }) => {
        expect(await port.submit(SUBMISSION, contextOf())).toBe("running");
        lab.end(SUBMISSION.runId, WireStatus.SUCCESS);
        expect(await port.submit({ ...SUBMISSION, epoch: 6n }, contextOf())).toBe("success");
        expect(lab.starts()).toEqual(new Map([[SUBMISSION.runId, 1]]));
      },
    ),
    promise("a lower epoch is a conflict, and changes nothing", async ({ port, lab }) => {
      await port.submit(SUBMISSION, contextOf());
      const { outcome } = await settle(() =>
        port.submit({ ...SUBMISSION, epoch: 4n, token: "old" }, contextOf()),
      );
      expect(outcome).toEqual({ refused: "conflict" });
      expect(lab.runs.get(SUBMISSION.runId)).toMatchObject({ epoch: 5n, token: "" });
    }),
    promise(
      "a run without a place is refused as not taken, and taken when there is one",
      async ({ port, lab }) => {
        lab.places = 1;
        await port.submit({ ...SUBMISSION, runId: "other.1" }, contextOf());
        const { outcome } = await settle(() => port.submit(SUBMISSION, contextOf()));
        expect(outcome).toEqual({ refused: "executor_unavailable" });
        lab.end("other.1", WireStatus.SUCCESS);
        expect(await port.submit(SUBMISSION, contextOf())).toBe("running");
      },
    ),
    promise("a run is cancelled once", async ({ port }) => {
      await port.submit(SUBMISSION, contextOf());
      expect(await port.cancel(SUBMISSION.runId, contextOf())).toBe(true);
      expect(await port.cancel(SUBMISSION.runId, contextOf())).toBe(false);
      expect(await port.status(SUBMISSION.runId, contextOf())).toMatchObject({ status: "cancelled" });
    }),
    promise("a run that nobody knows is not found", async ({ port }) => {
      const cancelled = await settle(() => port.cancel("none.1", contextOf()));
      expect(cancelled.outcome).toEqual({ refused: "not_found" });
      const asked = await settle(() => port.status("none.1", contextOf()));
      expect(asked.outcome).toEqual({ refused: "not_found" });
    }),
    promise("a run that failed tells why", async ({ port, lab }) => {
      await port.submit(SUBMISSION, contextOf());
      lab.end(SUBMISSION.runId, WireStatus.FAILED, "exit code 1");
      expect(await port.status(SUBMISSION.runId, contextOf())).toMatchObject({
        status: "failed",
        error: "exit code 1",
      });
    }),
    promise("all runs are listed, with the places that there are", async ({ port, lab }) => {
      lab.places = 3;
      await port.submit(SUBMISSION, contextOf());
      await port.submit({ ...SUBMISSION, runId: "other.1", epoch: 9n }, contextOf());
      lab.end("other.1", WireStatus.SUCCESS);
      expect(await port.list(contextOf())).toEqual({
        capacity: 3,
        runs: [
          { runId: "run.1", epoch: 5n, status: "running" },
          { runId: "other.1", epoch: 9n, status: "success" },
        ],
      });
    }),
  ];
}

/** What every executor slot promises. */
export function executorCases(implementation: Implementation<ExecutorPort>): readonly PortCase[] {
  const following = {
    name: "logs that are followed end with the run, not with the limit of a call",
    async run() {
      const { port, plugin } = implementation.create();
      const followed = await settle(() => Array.fromAsync(port.logs(SUBMISSION.runId, 7, true, contextOf())));
      expect(followed.outcome).toEqual(implementation.well.logs);
      const call = plugin?.calls.findLast(({ rpc }) => rpc === streamLogs.name);
      expect(call?.header.has("connect-timeout-ms") ?? false).toBe(false);
    },
  };
  return [...portCases(EXECUTOR_CALLS, implementation), following];
}

/** Tests an implementation of the executor slot, and, where it takes runs, how it treats them. */
export function executorSuite(
  name: string,
  implementation: Implementation<ExecutorPort>,
  create?: () => ExecutorSubject,
): void {
  const runOrders = create === undefined ? [] : runOrderCases(create);
  runCases(name, "executor", [...executorCases(implementation), ...runOrders]);
}
