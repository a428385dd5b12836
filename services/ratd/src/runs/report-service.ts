import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { RunStatus as WireStatus } from "@rat/contracts/common";
import type { RunnerReportService } from "@rat/contracts/runner";
import { RatError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import { printable } from "../platform/connection/failure.ts";
import type { ActiveRuns } from "./dispatch/active-runs.ts";
import type { DispatchStore } from "./dispatch/dispatch-store.ts";
import type { RunLedger } from "./dispatch/run-ledger.ts";
import type { LogCollector } from "./logs/log-collector.ts";
import type { RunLogs } from "./logs/run-logs.ts";
import { logText } from "./logs/log-text.ts";
import { outcomeOf, parseAttemptName, type FinalState } from "./run.ts";
import type { RunTokens } from "./run-token.ts";

/** What the reports go to. */
export interface ReportServiceDeps {
  readonly store: DispatchStore;
  readonly ledger: RunLedger;
  readonly active: ActiveRuns;
  readonly logs: RunLogs;
  readonly collector: LogCollector;
  readonly tokens: () => Promise<RunTokens>;
  readonly clock: Clock;
}

const FINAL = new Map<WireStatus, FinalState>([
  [WireStatus.SUCCESS, "success"],
  [WireStatus.FAILED, "failed"],
  [WireStatus.CANCELLED, "cancelled"],
]);
const LEVELS: ReadonlySet<string> = new Set(["debug", "info", "warn", "error"]);
/** Proofs and lines that one call may bring. */
const MAX_PROOFS = 1000;
const MAX_ENTRIES = 5000;
const MAX_RESULT_BYTES = 262_144;

/** An attempt that proved itself by its token. */
interface Proven {
  readonly id: string;
  readonly attempt: number;
  readonly epoch: bigint;
}

/** Serves the reports of executors: each must prove itself by the token of its attempt and epoch. */
export function reportService(deps: ReportServiceDeps): ServiceImpl<typeof RunnerReportService> {
  const prove = async (runId: string, epoch: bigint, token: string): Promise<Proven> => {
    const name = parseAttemptName(runId);
    const tokens = await deps.tokens();
    if (name === undefined || !tokens.verify(runId, epoch, token)) {
      throw new ConnectError("the token is not that of this run and epoch", Code.Unauthenticated);
    }
    return { id: name.run, attempt: name.attempt, epoch };
  };
  const executorOf = ({ id }: Proven) => deps.active.get(id)?.run.executor ?? "";
  return {
    reportStatus: (request) =>
      answering(async () => {
        const proven = await prove(request.runId, request.epoch, request.token);
        const status = FINAL.get(request.status);
        if (status === undefined) {
          const state = await deps.ledger.started(proven, executorOf(proven));
          return state === "stale" ? stale(proven) : {};
        }
        const result = request.result;
        if (result !== undefined && JSON.stringify(result).length > MAX_RESULT_BYTES) {
          throw new ConnectError(`result: more than ${MAX_RESULT_BYTES} bytes`, Code.InvalidArgument);
        }
        const { rowsWritten, exitCode } = request;
        const outcome = outcomeOf(status, request.error);
        const end = { ...proven, outcome, error: printable(request.error), exitCode, rowsWritten, result };
        const state = await deps.ledger.ended(end, proven.attempt, executorOf(proven));
        return state === "stale" ? stale(proven) : {};
      }),
    reportLogs: (request) =>
      answering(async () => {
        const proven = await prove(request.runId, request.epoch, request.token);
        if (request.entries.length > MAX_ENTRIES || request.offset < 0n) {
          throw new ConnectError(`entries: at most ${MAX_ENTRIES}, from 0 on`, Code.InvalidArgument);
        }
        deps.collector.pushes(request.runId);
        const next = await deps.logs.append({
          run: proven.id,
          attempt: proven.attempt,
          epoch: proven.epoch,
          first: Number(request.offset),
          lines: request.entries.map(({ timestamp, level, message }) => ({
            at: timestamp === undefined ? deps.clock.now() : timestampDate(timestamp).getTime(),
            level: LEVELS.has(level) ? level : "info",
            message: logText(message),
          })),
        });
        return next === "stale" ? stale(proven) : {};
      }),
    reportHeartbeat: ({ runs }) =>
      answering(async () => {
        if (runs.length > MAX_PROOFS) {
          throw new ConnectError(`runs: at most ${MAX_PROOFS}`, Code.InvalidArgument);
        }
        const tokens = await deps.tokens();
        // What does not prove itself is nobody's word: it is neither kept alive nor stopped.
        const proven = runs.flatMap(({ runId, epoch, token }) => {
          const name = parseAttemptName(runId);
          return name !== undefined && tokens.verify(runId, epoch, token)
            ? [{ id: name.run, attempt: name.attempt, runId }]
            : [];
        });
        const goingOn = await deps.store.goingOn(proven);
        return { stopRunIds: proven.map(({ runId }) => runId).filter((runId) => !goingOn.has(runId)) };
      }),
  };
}

function stale({ id, epoch }: Proven): never {
  throw new ConnectError(`epoch ${epoch} is not that of run ${id} any more`, Code.FailedPrecondition);
}

/** Errors of ratd as Connect errors. */
async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (reason) {
    if (reason instanceof ConnectError) throw reason;
    const error = RatError.from(reason);
    throw new ConnectError(error.message, error.kind.connect, undefined, undefined, reason);
  }
}
