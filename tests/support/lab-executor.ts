import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Code, ConnectError, createClient, type Client, type ServiceImpl } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node";
import { RunStatus } from "@rat/contracts/common";
import { ExecutorService } from "@rat/contracts/executor";
import { PluginService } from "@rat/contracts/plugin";
import { RunnerReportService } from "@rat/contracts/runner";

/** ratd's report service. */
type ReportClient = Client<typeof RunnerReportService>;

/** What the executor does with an attempt that it starts. */
export type LabPlan = "succeed" | "hold" | "fail";

/** Something that happened at the executor. */
export interface LabEvent {
  readonly kind: "submit" | "start" | "end" | "cancel" | "forget";
  readonly runId: string;
  readonly epoch: bigint;
}

interface LabRun {
  epoch: bigint;
  token: string;
  reportUrl: string;
  status: RunStatus;
  error: string;
  readonly credentials: Record<string, string>[];
}

/**
 * An executor plugin under the control of a test. It honours run ids, counts every start, and can lose replies, hang,
 * be full, forget, or be without its optional calls.
 */
export class LabExecutor implements AsyncDisposable {
  readonly events: LabEvent[] = [];
  readonly runs = new Map<string, LabRun>();
  plan: LabPlan = "succeed";
  /** Reports pushes to ratd; otherwise ratd has to ask. */
  pushes = true;
  /** Answers of Submit get lost after the run was taken. */
  losesReplies = false;
  /** Runs taken at a time. */
  places = Number.POSITIVE_INFINITY;
  /** Serves GetRunStatus and ListRuns. */
  tells = true;
  /** Serves ListRuns. */
  lists = true;
  readonly #server: Server;
  readonly #clients = new Map<string, ReportClient>();
  #socketOf: IncomingMessage | undefined;
  port = 0;

  /** Its service, for a transport in memory; over a socket it serves by `start`. */
  readonly service = {
    submit: (request) => this.#submit(request),
    cancel: ({ runId }) => {
      const run = this.#get(runId);
      this.events.push({ kind: "cancel", runId, epoch: run.epoch });
      if (run.status !== RunStatus.RUNNING) return { cancelled: false };
      this.end(runId, RunStatus.CANCELLED);
      return { cancelled: true };
    },
    getRunStatus: ({ runId }) => {
      if (!this.tells) throw new ConnectError("no", Code.Unimplemented);
      const { status, error, epoch } = this.#get(runId);
      return { runId, status, error, epoch };
    },
    listRuns: () => {
      if (!this.tells || !this.lists) throw new ConnectError("no", Code.Unimplemented);
      const runs = [...this.runs].map(([runId, { epoch, status }]) => ({ runId, epoch, status }));
      return { runs, capacity: Number.isFinite(this.places) ? this.places : 0 };
    },
  } satisfies Partial<ServiceImpl<typeof ExecutorService>>;

  constructor() {
    const handler = connectNodeAdapter({
      routes: (router) => {
        router.service(PluginService, { healthCheck: () => ({ status: "healthy" }) });
        router.service(ExecutorService, this.service);
      },
    });
    this.#server = createServer((request, response) => {
      this.#socketOf = request;
      handler(request, response);
    });
  }

  static async start(): Promise<LabExecutor> {
    const executor = new LabExecutor();
    await executor.listen();
    return executor;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Its entry in rat.yaml. */
  get entry() {
    return {
      image: "rat/lab",
      address: `127.0.0.1:${this.port}`,
      health: { interval: "500ms", timeout: "500ms" },
    };
  }

  /** Is not there any more, as a process that was stopped; what it knows stays. */
  async away(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Loses its memory, as after a restart without one. */
  forget(): void {
    for (const [runId, { epoch }] of this.runs) this.events.push({ kind: "forget", runId, epoch });
    this.runs.clear();
  }

  /** How often each run id was started. */
  starts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { kind, runId } of this.events) {
      if (kind === "start") counts.set(runId, (counts.get(runId) ?? 0) + 1);
    }
    return counts;
  }

  /** Ends a run and reports it. */
  end(runId: string, status: RunStatus, error = ""): void {
    const run = this.#get(runId);
    run.status = status;
    run.error = error;
    this.events.push({ kind: "end", runId, epoch: run.epoch });
    if (this.pushes) void this.push(runId).catch(() => undefined);
  }

  /** Pushes the status of a run once, with the token and epoch that it has, or with others. */
  async push(
    runId: string,
    other: { readonly epoch?: bigint; readonly token?: string; readonly status?: RunStatus } = {},
  ): Promise<void> {
    const { reportUrl, epoch, token, status, error } = this.#get(runId);
    await this.client(reportUrl).reportStatus({ runId, epoch, token, status, error, ...other });
  }

  /** Pushes the lines `line <from>` to `line <to - 1>` of a run under their numbers. */
  async say(runId: string, from: number, to: number): Promise<void> {
    const { reportUrl, epoch, token } = this.#get(runId);
    const entries = Array.from({ length: to - from }, (_, n) => ({
      level: "info",
      message: `line ${from + n}`,
    }));
    await this.client(reportUrl).reportLogs({ runId, epoch, token, offset: BigInt(from), entries });
  }

  client(url: string): ReportClient {
    const client =
      this.#clients.get(url) ??
      createClient(
        RunnerReportService,
        createConnectTransport({ baseUrl: url, httpVersion: "1.1", defaultTimeoutMs: 5000 }),
      );
    this.#clients.set(url, client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.away();
  }

  #submit(request: {
    readonly runId: string;
    readonly epoch: bigint;
    readonly token: string;
    readonly reportUrl: string;
    readonly s3Credentials: Record<string, string>;
  }) {
    const { runId, epoch, token, reportUrl, s3Credentials } = request;
    this.events.push({ kind: "submit", runId, epoch });
    const known = this.runs.get(runId);
    if (known !== undefined) {
      if (epoch < known.epoch) throw new ConnectError("older epoch", Code.FailedPrecondition);
      Object.assign(known, { epoch, token, reportUrl });
      known.credentials.push(s3Credentials);
      return this.#answer(runId, known.status);
    }
    const active = [...this.runs.values()].filter(({ status }) => status === RunStatus.RUNNING).length;
    if (active >= this.places) throw new ConnectError("full", Code.ResourceExhausted);
    const run: LabRun = {
      epoch,
      token,
      reportUrl,
      status: RunStatus.RUNNING,
      error: "",
      credentials: [s3Credentials],
    };
    this.runs.set(runId, run);
    this.events.push({ kind: "start", runId, epoch });
    if (this.plan === "succeed") setImmediate(() => this.end(runId, RunStatus.SUCCESS));
    if (this.plan === "fail") setImmediate(() => this.end(runId, RunStatus.FAILED, "exit code 1"));
    return this.#answer(runId, run.status);
  }

  #answer(runId: string, status: RunStatus) {
    if (this.losesReplies) this.#socketOf?.socket.destroy();
    return { runId, status };
  }

  #get(runId: string): LabRun {
    const run = this.runs.get(runId);
    if (run === undefined) throw new ConnectError("not known", Code.NotFound);
    return run;
  }
}
