import type { JsonObject } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { Layer as WireLayer, RunStatus as WireStatus } from "@rat/contracts/common";
import { ExecutorService } from "@rat/contracts/executor";
import { printable } from "../../platform/connection/failure.ts";
import { callOptions, changeOptions, malformed, remoteError } from "../remote-call.ts";
import type { RemotePlugin } from "../slot.ts";
import type { ExecutorPort, Layer, RunLogLine, RunStatus } from "./executor.ts";

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
  const readStatus = (
    method: string,
    runId: string,
    answer: { runId: string; status: number },
  ): RunStatus => {
    const status = STATUSES.get(answer.status);
    if (status === undefined) throw malformed(plugin, method, "no status");
    if (answer.runId !== runId) throw malformed(plugin, method, "the status of another run");
    return status;
  };
  return {
    async submit({ layer, deadline, spec, s3Credentials, env, ...rest }, context) {
      const request = {
        ...rest,
        layer: LAYERS[layer],
        s3Credentials: { ...s3Credentials },
        env: { ...env },
        // Runs are stored as JSON, so their specs are JSON.
        spec: spec as JsonObject,
        ...(deadline === undefined ? {} : { deadline: timestampFromDate(deadline) }),
      };
      try {
        return readStatus("Submit", rest.runId, await client.submit(request, changeOptions(context)));
      } catch (reason) {
        throw remoteError(plugin, "Submit", reason);
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
          status: readStatus("GetRunStatus", runId, answer),
          rowsWritten: answer.rowsWritten,
          durationMs: Number(answer.durationMs),
          error: printable(answer.error),
        };
      } catch (reason) {
        throw remoteError(plugin, "GetRunStatus", reason);
      }
    },
    async *logs(runId, follow, context): AsyncGenerator<RunLogLine> {
      try {
        // A followed log ends with the run, not with the limit of a call.
        const options = { ...callOptions(context), ...(follow ? { timeoutMs: 0 } : {}) };
        for await (const { timestamp, level, message } of client.streamLogs({ runId, follow }, options)) {
          yield {
            at: timestamp && timestampDate(timestamp),
            level: printable(level),
            message: printable(message),
          };
        }
      } catch (reason) {
        throw remoteError(plugin, "StreamLogs", reason);
      }
    },
  };
}
