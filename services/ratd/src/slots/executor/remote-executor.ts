import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { Layer as WireLayer, RunStatus as WireStatus } from "@rat/contracts/common";
import { ExecutorService, type StreamLogsResponse, type SubmitRequestSchema } from "@rat/contracts/executor";
import { RatError } from "../../errors.ts";
import { classifyFailure, printable } from "../../platform/connection/failure.ts";
import { callOptions, changeOptions, dateFromWire, malformed, remoteError } from "../remote-call.ts";
import type { RemotePlugin } from "../slot.ts";
import type { ExecutorPort, Layer, RunLogLine, RunStatus, RunSubmission } from "./executor.ts";

const LAYERS = {
  bronze: WireLayer.BRONZE,
  silver: WireLayer.SILVER,
  gold: WireLayer.GOLD,
} as const satisfies Record<Layer, number>;

const STATUSES = new Map<number, RunStatus>([
  [WireStatus.PENDING, "pending"],
  [WireStatus.RUNNING, "running"],
  [WireStatus.SUCCESS, "success"],
  [WireStatus.FAILED, "failed"],
  [WireStatus.CANCELLED, "cancelled"],
]);

/** The executor slot served by a plugin. */
export function remoteExecutor(plugin: RemotePlugin): ExecutorPort {
  const client = createClient(ExecutorService, plugin.transport);
  return {
    async submit(run, context) {
      try {
        const answer = await client.submit(toWire(run), changeOptions(context));
        return readStatus(plugin, "Submit", run.runId, answer);
      } catch (reason) {
        throw notTaken(plugin, reason) ?? remoteError(plugin, "Submit", reason);
      }
    },
    async cancel(runId, context) {
      try {
        return (await client.cancel({ runId }, changeOptions(context))).cancelled;
      } catch (reason) {
        throw remoteError(plugin, "Cancel", reason);
      }
    },
    async status(runId, context) {
      try {
        const answer = await client.getRunStatus({ runId }, callOptions(context));
        return {
          status: readStatus(plugin, "GetRunStatus", runId, answer),
          rowsWritten: answer.rowsWritten,
          durationMs: Number(answer.durationMs),
          error: printable(answer.error),
          exitCode: answer.exitCode,
          result: answer.result,
        };
      } catch (reason) {
        throw remoteError(plugin, "GetRunStatus", reason);
      }
    },
    async list(context) {
      try {
        const { runs, capacity } = await client.listRuns({}, callOptions(context));
        return {
          // Less than none would be no number of places.
          capacity: Math.max(0, capacity),
          runs: runs.flatMap(({ runId, epoch, status }) => {
            const known = STATUSES.get(status);
            return known === undefined ? [] : [{ runId, epoch, status: known }];
          }),
        };
      } catch (reason) {
        throw remoteError(plugin, "ListRuns", reason);
      }
    },
    async *logs(runId, offset, follow, context) {
      try {
        // A followed log ends with the run, not with the limit of a call.
        const options = { ...callOptions(context), ...(follow ? { timeoutMs: 0 } : {}) };
        const lines = client.streamLogs({ runId, follow, offset: BigInt(offset) }, options);
        yield* numbered(plugin, lines, offset);
      } catch (reason) {
        throw remoteError(plugin, "StreamLogs", reason);
      }
    },
  };
}

function toWire({
  layer,
  deadline,
  spec,
  s3Credentials,
  env,
  ...rest
}: RunSubmission): MessageInitShape<typeof SubmitRequestSchema> {
  return {
    ...rest,
    layer: LAYERS[layer],
    s3Credentials: { ...s3Credentials },
    env: { ...env },
    // Runs are stored as JSON, so their specs are JSON.
    spec: spec as JsonObject,
    ...(deadline === undefined ? {} : { deadline: timestampFromDate(deadline) }),
  };
}

function readStatus(
  plugin: RemotePlugin,
  method: string,
  runId: string,
  answer: { readonly runId: string; readonly status: WireStatus },
): RunStatus {
  const status = STATUSES.get(answer.status);
  if (status === undefined) throw malformed(plugin, method, "no status");
  if (answer.runId !== runId) throw malformed(plugin, method, "the status of another run");
  return status;
}

/** Lines with their numbers; an older plugin counts nothing and starts at the beginning. */
async function* numbered(
  plugin: RemotePlugin,
  lines: AsyncIterable<StreamLogsResponse>,
  first: number,
): AsyncGenerator<RunLogLine> {
  let next = first;
  for await (const { timestamp, level, message, offset } of lines) {
    next = Math.max(next, Number(offset));
    if (!Number.isSafeInteger(next)) throw malformed(plugin, "StreamLogs", "a line beyond all counting");
    yield {
      offset: next++,
      at: dateFromWire(timestamp),
      level: printable(level),
      message: printable(message),
    };
  }
}

/** The error for a run that was certainly not started: nobody was there, or no place was free. */
function notTaken({ slot, name }: RemotePlugin, reason: unknown): RatError | undefined {
  const { kind, code, message } = classifyFailure(reason);
  const who = `The ${slot} ${name}`;
  const facts = { cause: reason, retryAfterSeconds: 1 };
  if (kind === "refused") return new RatError("executor_unavailable", `${who} could not be reached.`, facts);
  const full = kind === "overloaded" || (kind === "answer" && code === Code.ResourceExhausted);
  if (!full) return undefined;
  return new RatError("executor_unavailable", `${who} has no place free: ${message}`, facts);
}
