import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { RunStatus } from "@rat/contracts/common";
import { RunnerReportService, type ReportStatusRequest } from "@rat/contracts/runner";
import { listenOnOnePort, type OnePortServer } from "../../packages/plugin-sdk/src/one-port-server.ts";

/** A line of output as it was reported. */
export interface ReportedLine {
  readonly at: Date;
  readonly text: string;
}

const FINAL: ReadonlySet<RunStatus> = new Set([RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.CANCELLED]);

/** What ratd's internal listener is to executors: takes reports, checks tokens, and remembers. */
export class FakeReportService implements AsyncDisposable {
  readonly #server: OnePortServer;
  readonly #ended: AbortController;
  readonly #book: ReportBook;

  private constructor(server: OnePortServer, ended: AbortController, book: ReportBook) {
    this.#server = server;
    this.#ended = ended;
    this.#book = book;
  }

  static async start(): Promise<FakeReportService> {
    const book = new ReportBook();
    const ended = new AbortController();
    const handler = connectNodeAdapter({
      shutdownSignal: ended.signal,
      routes: (router) =>
        router.service(RunnerReportService, {
          reportStatus: (request) => {
            book.check(request);
            book.status(request);
            return {};
          },
          reportLogs: (request) => {
            book.check(request);
            for (const [at, { level, message, timestamp }] of request.entries.entries()) {
              const line = {
                at: timestamp ? timestampDate(timestamp) : new Date(0),
                text: `${level}: ${message}`,
              };
              book.line(request.runId, Number(request.offset) + at, line);
            }
            return {};
          },
          reportHeartbeat: ({ runs }) => ({
            stopRunIds: runs.map(({ runId }) => runId).filter((runId) => book.unwanted.has(runId)),
          }),
        }),
    });
    const server = await listenOnOnePort({ host: "127.0.0.1", port: 0, tls: undefined, handler });
    return new FakeReportService(server, ended, book);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  /** The token of a run, as Submit hands it over. */
  tokenOf(runId: string): string {
    return `token-of-${runId}`;
  }

  /** Runs that the answer to the next heartbeat stops. */
  get unwanted(): Set<string> {
    return this.#book.unwanted;
  }

  /** Final reports of a run, each counted once however often it was sent again. */
  endsOf(runId: string): readonly ReportStatusRequest[] {
    return (this.#book.statuses.get(runId) ?? []).filter(({ status }) => FINAL.has(status));
  }

  /** The output by line number. Reported again, a line must be the same. */
  linesOf(runId: string): readonly ReportedLine[] {
    return this.#book.lines.get(runId) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#server.close(200);
  }
}

class ReportBook {
  readonly unwanted = new Set<string>();
  readonly statuses = new Map<string, ReportStatusRequest[]>();
  readonly lines = new Map<string, ReportedLine[]>();

  check({ runId, token }: { readonly runId: string; readonly token: string }): void {
    if (token !== `token-of-${runId}`) throw new ConnectError("the token is not known", Code.Unauthenticated);
  }

  status(request: ReportStatusRequest): void {
    this.statuses.set(request.runId, [...(this.statuses.get(request.runId) ?? []), request]);
  }

  line(runId: string, offset: number, line: ReportedLine): void {
    const lines = this.lines.get(runId) ?? [];
    this.lines.set(runId, lines);
    const known = lines[offset];
    if (known !== undefined && known.text !== line.text) {
      throw new ConnectError(`line ${offset} of ${runId} was ${known.text}, now ${line.text}`, Code.DataLoss);
    }
    lines[offset] ??= line;
  }
}
