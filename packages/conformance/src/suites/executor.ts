import { randomUUID } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { RunStatus } from "@rat/contracts/common";
import { ExecutorService } from "@rat/contracts/executor";
import { Unproven, type ConformanceCase } from "../conformance-case.ts";
import { answered, isUnimplemented, refused, require } from "../expectations.ts";
import type { Exchange } from "../exchange.ts";
import { pollUntil } from "../poll-until.ts";
import type { Target } from "../target.ts";

const { submit, cancel, getRunStatus, streamLogs } = ExecutorService.method;

const FINAL: ReadonlySet<RunStatus> = new Set([RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.CANCELLED]);
const OUTPUT = "conformance output";

interface Run {
  readonly runId: string;
  readonly spec: JsonObject;
  readonly epoch: bigint;
}

function freshRun(target: Target, kind: "short" | "long"): Run {
  const { short_spec: short = { argv: ["echo", OUTPUT] }, long_spec: long = { argv: ["sleep", "60"] } } =
    target.config;
  const spec: JsonObject = JSON.parse(JSON.stringify(kind === "short" ? short : long));
  return { runId: `conformance-${randomUUID()}`, spec, epoch: 5n };
}

async function start(target: Target, run: object): Promise<{ status: RunStatus; exchange: Exchange }> {
  const outcome = await target.call(submit, run);
  const { status } = answered(outcome, "the status of the run");
  require(status in RUN_STATUS_WORDS, outcome.exchange, "a status that is set");
  return { status, exchange: outcome.exchange };
}

const RUN_STATUS_WORDS: Readonly<Record<number, string>> = {
  [RunStatus.PENDING]: "pending",
  [RunStatus.RUNNING]: "running",
  [RunStatus.SUCCESS]: "success",
  [RunStatus.FAILED]: "failed",
  [RunStatus.CANCELLED]: "cancelled",
};

/** Waits until the run has ended. Submit itself tells where a known run stands, so no optional RPC is needed. */
async function ended(target: Target, run: Run, wanted: RunStatus): Promise<void> {
  const last = await pollUntil(
    target.timeoutMs,
    () => start(target, run),
    ({ status }) => FINAL.has(status),
  );
  const expected = `the run to end as ${RUN_STATUS_WORDS[wanted]} within ${target.timeoutMs} ms`;
  require(last.status === wanted, last.exchange, expected);
}

/** What an executor plugin must do. */
export const executorSuite: readonly ConformanceCase[] = [
  {
    name: "executor/submit-runs",
    level: "slot",
    async run(target) {
      const run = freshRun(target, "short");
      await start(target, run);
      await ended(target, run, RunStatus.SUCCESS);
    },
  },
  {
    name: "executor/submit-is-idempotent",
    level: "slot",
    async run(target) {
      const run = freshRun(target, "short");
      await start(target, run);
      await ended(target, run, RunStatus.SUCCESS);
      const again = await start(target, run);
      require(again.status ===
        RunStatus.SUCCESS, again.exchange, "the present status (success), not another start");
      const later = await start(target, { ...run, epoch: run.epoch + 1n });
      require(later.status ===
        RunStatus.SUCCESS, later.exchange, "the present status (success), not another start");
    },
  },
  {
    name: "executor/lower-epoch",
    level: "slot",
    async run(target) {
      const run = freshRun(target, "short");
      await start(target, run);
      refused(await target.call(submit, { ...run, epoch: run.epoch - 1n }), Code.FailedPrecondition);
      await start(target, { ...run, epoch: run.epoch + 2n });
      refused(await target.call(submit, { ...run, epoch: run.epoch + 1n }), Code.FailedPrecondition);
    },
  },
  {
    name: "executor/empty-run-id",
    level: "slot",
    async run(target) {
      refused(await target.call(submit, { ...freshRun(target, "short"), runId: "" }), Code.InvalidArgument);
    },
  },
  {
    name: "executor/cancel",
    level: "slot",
    async run(target) {
      const run = freshRun(target, "long");
      await start(target, run);
      const first = await target.call(cancel, { runId: run.runId });
      require(answered(first).cancelled, first.exchange, "cancelled = true");
      await ended(target, run, RunStatus.CANCELLED);
      answered(await target.call(cancel, { runId: run.runId }), "an answer to a second cancel");
    },
  },
  {
    name: "executor/cancel-unknown",
    level: "slot",
    run: async (target) => refused(await target.call(cancel, { runId: randomUUID() }), Code.NotFound),
  },
  {
    name: "executor/deadline",
    level: "slot",
    async run(target) {
      const run = freshRun(target, "long");
      const deadline = timestampFromDate(new Date(Date.now() + Math.min(500, target.timeoutMs / 2)));
      await start(target, { ...run, deadline });
      await ended(target, run, RunStatus.FAILED);
    },
  },
  {
    name: "executor/status",
    level: "slot",
    async run(target) {
      const unknown = await target.call(getRunStatus, { runId: randomUUID() });
      if (isUnimplemented(unknown)) throw new Unproven("not_applicable", "GetRunStatus is not offered");
      refused(unknown, Code.NotFound);
      const run = freshRun(target, "short");
      await start(target, run);
      await ended(target, run, RunStatus.SUCCESS);
      const outcome = await target.call(getRunStatus, { runId: run.runId });
      const report = answered(outcome, "the status of the run");
      require(report.runId === run.runId, outcome.exchange, "the id of the request");
      require(report.status ===
        RunStatus.SUCCESS, outcome.exchange, "the status that Submit answers (success)");
    },
  },
  {
    name: "executor/logs",
    level: "slot",
    async run(target) {
      const run = freshRun(target, "short");
      await start(target, run);
      const { messages, error, exchange } = await target.read(
        streamLogs,
        { runId: run.runId, follow: true },
        () => false,
      );
      if (error?.code === Code.Unimplemented)
        throw new Unproven("not_applicable", "StreamLogs is not offered");
      require(error === undefined, exchange, "a stream that ends well when the run has ended");
      const wanted =
        target.config.expected_output ?? (target.config.short_spec === undefined ? OUTPUT : undefined);
      if (wanted === undefined) throw new Unproven("skip", "the run gives no `expected_output`");
      const found = messages.filter(({ message }) => message.includes(wanted)).length;
      require(found === 1, exchange, `the line ${JSON.stringify(wanted)} once`);
    },
  },
];
