import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { JsonObject } from "@bufbuild/protobuf";
import { createClient, type Client } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Layer, RunStatus } from "@rat/contracts/common";
import { ExecutorService, type GetRunStatusResponse } from "@rat/contracts/executor";
import { PluginService } from "@rat/contracts/plugin";
import { programWithinReach, type Program } from "./program-within-reach.ts";
import { until } from "./until.ts";

const PROGRAM = resolve(import.meta.dirname, "../../services/runner/src/main.ts");
const FINAL: ReadonlySet<RunStatus> = new Set([RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.CANCELLED]);

/** What a test decides about a runner. */
export interface RunnerProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The user that it runs as; the test's own by default. */
  readonly uid?: number;
  /** The Node that it runs on; the test's own by default. */
  readonly node?: string;
}

/** A runner as a process of its own; its folders stay while it is killed and started again. */
export class RunnerProcess implements AsyncDisposable {
  readonly root: string;
  readonly workspace: string;
  readonly state: string;
  /** What it logged, one JSON object a line. */
  readonly log: string[] = [];
  child: ChildProcess | undefined;
  url = "";
  #client: Client<typeof ExecutorService> | undefined;
  #program: Program | undefined;
  readonly #options: RunnerProcessOptions;

  constructor(options: RunnerProcessOptions = {}) {
    this.#options = options;
    this.root = mkdtempSync(join(tmpdir(), "rat-runner-test-"));
    // The users of runs pass through.
    chmodSync(this.root, options.uid === undefined ? 0o711 : 0o777);
    this.workspace = join(this.root, "workspace");
    this.state = join(this.root, "state");
  }

  static async start(options: RunnerProcessOptions = {}): Promise<RunnerProcess> {
    const runner = new RunnerProcess(options);
    await runner.start();
    return runner;
  }

  get client(): Client<typeof ExecutorService> {
    if (this.#client === undefined) throw new Error("the runner was not started");
    return this.#client;
  }

  get plugin(): Client<typeof PluginService> {
    return createClient(PluginService, createConnectTransport({ baseUrl: this.url, httpVersion: "1.1" }));
  }

  /** Starts it; resolves when it listens. */
  async start(): Promise<void> {
    const { args = ["--listen", "127.0.0.1:0"], env = {}, uid, node } = this.#options;
    this.#program ??= await programWithinReach(PROGRAM, uid, this.root);
    const child = spawn(node ?? this.#program.node, [this.#program.file, ...args], {
      env: {
        PATH: process.env.PATH,
        RAT_RUNNER_WORKSPACE: this.workspace,
        RAT_RUNNER_STATE: this.state,
        RAT_RUNNER_PLACES: "4",
        RAT_RUNNER_KILL_GRACE_MS: "500",
        ...env,
      },
      stdio: ["pipe", "ignore", "pipe"],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    this.child = child;
    const listening = Promise.withResolvers<string>();
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.log.push(line);
      const url = /"url":"([^"]+)".*"msg":"listening"/.exec(line)?.[1];
      if (url !== undefined) listening.resolve(url);
    });
    child.once("exit", () => listening.reject(new Error(`the runner ended: ${this.log.join("\n")}`)));
    this.url = await listening.promise;
    this.#client = createClient(
      ExecutorService,
      createConnectTransport({ baseUrl: this.url, httpVersion: "1.1", defaultTimeoutMs: 60_000 }),
    );
  }

  /** Ends it and waits for its end; answers the exit code. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<number | null> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
    return child.exitCode;
  }

  /** Submits a command. */
  async command(
    runId: string,
    argv: readonly string[],
    more: Parameters<Client<typeof ExecutorService>["submit"]>[0] = {},
    spec: JsonObject = {},
  ): Promise<void> {
    await this.client.submit({ runId, epoch: 1n, ...more, spec: { ...spec, argv: [...argv] } });
  }

  /** Submits a query of namespace `sales`, layer gold. */
  async sql(runId: string, sql: string, spec: JsonObject = {}): Promise<void> {
    await this.client.submit({
      runId,
      epoch: 1n,
      kind: "sql",
      namespace: "sales",
      layer: Layer.GOLD,
      pipelineName: "out",
      spec: { ...spec, sql },
    });
  }

  /** Where a run stands in the end. */
  async end(runId: string, timeoutMs = 45_000): Promise<GetRunStatusResponse> {
    return until(
      async () => {
        const report = await this.client.getRunStatus({ runId });
        return FINAL.has(report.status) ? report : undefined;
      },
      { timeoutMs, what: `the end of ${runId}` },
    );
  }

  /** The output so far, or with `follow` until the end. */
  async output(runId: string, follow = true): Promise<string[]> {
    const lines: string[] = [];
    for await (const { level, message } of this.client.streamLogs({ runId, follow })) {
      lines.push(`${level}: ${message}`);
    }
    return lines;
  }

  /** The first line of output, as soon as there is one. */
  async firstLine(runId: string): Promise<string> {
    for await (const { message } of this.client.streamLogs({ runId, follow: true })) return message;
    throw new Error(`${runId} had no output`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { child } = this;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      // The second time it stops its runs: a killed runner would leave them running.
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await until(() => this.log.some((line) => line.includes('"msg":"draining"')));
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.root, { recursive: true, force: true });
  }
}
