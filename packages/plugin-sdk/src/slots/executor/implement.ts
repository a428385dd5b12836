import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { Layer } from "@rat/contracts/common";
import type { ExecutorService } from "@rat/contracts/executor";
import type { Calls } from "../../calls.ts";
import { PluginError } from "../../plugin-error.ts";
import type { ExecutorHandlers, PipelineLayer } from "./handlers.ts";
import { WIRE_STATUS } from "./wire-status.ts";

const LAYERS: ReadonlyMap<Layer, PipelineLayer> = new Map<Layer, PipelineLayer>([
  [Layer.BRONZE, "bronze"],
  [Layer.SILVER, "silver"],
  [Layer.GOLD, "gold"],
]);

/** Serves ExecutorService from handlers. */
export function implementExecutor<C>(
  handlers: ExecutorHandlers<C>,
  calls: Calls<C>,
): Partial<ServiceImpl<typeof ExecutorService>> {
  const service: Partial<ServiceImpl<typeof ExecutorService>> = {
    submit: (request, call) =>
      calls.unary(call, async (ctx) => {
        const { runId, namespace, pipelineName, trigger, s3Credentials, env, epoch, token, reportUrl } =
          request;
        requireRunId(runId);
        const layer = LAYERS.get(request.layer);
        const deadline = request.deadline && timestampDate(request.deadline);
        const spec = request.spec ?? {};
        const kind = request.kind === "" ? "command" : request.kind;
        const what = { layer, pipelineName, kind, spec, deadline };
        const result = await handlers.submit(
          { runId, namespace, trigger, s3Credentials, env, epoch, token, reportUrl, ...what },
          ctx,
        );
        return { runId, status: WIRE_STATUS[result.status] };
      }),
    cancel: ({ runId }, call) =>
      calls.unary(call, async (ctx) => {
        requireRunId(runId);
        return { cancelled: (await handlers.cancel({ runId }, ctx)).cancelled };
      }),
  };
  const { getRunStatus, streamLogs, listRuns } = handlers;
  if (getRunStatus !== undefined) {
    service.getRunStatus = ({ runId }, call) =>
      calls.unary(call, async (ctx) => {
        requireRunId(runId);
        const report = await getRunStatus.call(handlers, { runId }, ctx);
        return {
          runId,
          status: WIRE_STATUS[report.status],
          rowsWritten: report.rowsWritten ?? 0n,
          durationMs: BigInt(Math.round(report.durationMs ?? 0)),
          error: report.error ?? "",
          epoch: report.epoch ?? 0n,
          ...(report.exitCode === undefined ? {} : { exitCode: report.exitCode }),
          ...(report.result === undefined ? {} : { result: report.result }),
        };
      });
  }
  if (streamLogs !== undefined) {
    service.streamLogs = ({ runId, follow, offset }, call) =>
      calls.stream(call, async function* (ctx) {
        requireRunId(runId);
        let next = Number(offset);
        for await (const line of streamLogs.call(handlers, { runId, follow, offset: next }, ctx)) {
          next = line.offset ?? next;
          yield { ...line, timestamp: timestampFromDate(line.timestamp), offset: BigInt(next) };
          next += 1;
        }
      });
  }
  if (listRuns !== undefined) {
    service.listRuns = (_request, call) =>
      calls.unary(call, async (ctx) => {
        const { runs, capacity } = await listRuns.call(handlers, ctx);
        return { runs: runs.map((run) => ({ ...run, status: WIRE_STATUS[run.status] })), capacity };
      });
  }
  return service;
}

function requireRunId(runId: string): void {
  if (runId === "") throw new PluginError("invalid_argument", "run_id: must not be empty");
}
