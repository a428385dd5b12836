import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createClient, Code, ConnectError, type Client, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { RunnerReportService } from "@rat/contracts/runner";
import type { RunReport } from "../slots/executor/handlers.ts";
import { WIRE_STATUS } from "../slots/executor/wire-status.ts";
import type { NumberedLine } from "./line-buffer.ts";

/** Names one attempt of a run and proves that its reports may be believed. */
export interface RunProof {
  readonly runId: string;
  readonly epoch: bigint;
  /** Secret: never logged. */
  readonly token: string;
}

/** How long one report may take. */
const TIMEOUT_MS = 5000;
/** Answers are small. */
const READ_MAX_BYTES = 1024 * 1024;
const MAX_SOCKETS = 32;

/** The way to one ratd. */
export interface ReportConnection extends Disposable {
  readonly transport: Transport;
}

/** Opens HTTP/1.1 connections to the RunnerReportService at a base URL, as they are needed. */
export function connectByHttp(url: string): ReportConnection {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const agent = url.startsWith("https:") ? new HttpsAgent(options) : new HttpAgent(options);
  const transport = createConnectTransport({
    baseUrl: url,
    httpVersion: "1.1",
    useBinaryFormat: true,
    nodeOptions: { agent },
    defaultTimeoutMs: TIMEOUT_MS,
    readMaxBytes: READ_MAX_BYTES,
  });
  return { transport, [Symbol.dispose]: () => agent.destroy() };
}

/** Reports to one ratd. */
export class ReportLink implements Disposable {
  readonly #connection: ReportConnection;
  readonly #client: Client<typeof RunnerReportService>;
  readonly #closed = new AbortController();

  constructor(connection: ReportConnection) {
    this.#connection = connection;
    this.#client = createClient(RunnerReportService, connection.transport);
  }

  /** Brings lines. @throws ConnectError. */
  async logs(proof: RunProof, lines: readonly NumberedLine[]): Promise<void> {
    await this.#client.reportLogs(
      {
        ...proof,
        offset: BigInt(lines[0]?.offset ?? 0),
        entries: lines.map(({ timestamp, level, message }) => ({
          timestamp: timestampFromDate(timestamp),
          level,
          message,
        })),
      },
      { signal: this.#closed.signal },
    );
  }

  /** Says where a run stands. @throws ConnectError. */
  async status(proof: RunProof, report: RunReport, observedAt: Date): Promise<void> {
    const { rowsWritten, error, exitCode, result } = report;
    await this.#client.reportStatus(
      {
        ...proof,
        status: WIRE_STATUS[report.status],
        rowsWritten: rowsWritten ?? 0n,
        error: (error ?? "").toWellFormed(),
        observedAt: timestampFromDate(observedAt),
        ...(exitCode === undefined ? {} : { exitCode }),
        ...(result === undefined ? {} : { result }),
      },
      { signal: this.#closed.signal },
    );
  }

  /** Says that runs are alive; answers the ids of those that must stop. @throws ConnectError. */
  async heartbeat(runs: readonly RunProof[]): Promise<readonly string[]> {
    const { stopRunIds } = await this.#client.reportHeartbeat(
      { runs: runs.map(({ runId, epoch, token }) => ({ runId, epoch, token })) },
      { signal: this.#closed.signal },
    );
    return stopRunIds;
  }

  [Symbol.dispose](): void {
    this.#closed.abort();
    this.#connection[Symbol.dispose]();
  }
}

const REFUSALS: ReadonlySet<Code> = new Set([
  Code.FailedPrecondition,
  Code.Unauthenticated,
  Code.NotFound,
  Code.PermissionDenied,
  Code.InvalidArgument,
  Code.Unimplemented,
]);

/** Whether asking again with the same proof would be in vain. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ConnectError && REFUSALS.has(error.code);
}
