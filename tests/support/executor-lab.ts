import { randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createClient, type Client } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { RunStatus } from "@rat/contracts/common";
import { ExecutorService, type GetRunStatusResponse } from "@rat/contracts/executor";
import { PluginService } from "@rat/contracts/plugin";
import { docker } from "./docker-engine.ts";
import { FakeReportService } from "./fake-report-service.ts";
import { PluginProcess } from "./plugin-process.ts";
import { until } from "./until.ts";
import { freePort } from "./free-port.ts";

/** Why the container executor cannot be tested here; undefined when it can. @throws Error where it must be. */
export function whyNoEngine(): string | undefined {
  try {
    execFileSync("docker", ["version", "--format", "{{.Server.Version}}"], {
      stdio: "ignore",
      timeout: 20_000,
    });
    return undefined;
  } catch {
    if (process.env["RAT_REQUIRE_DOCKER"] === "1") throw new Error("no Docker engine answers");
    return "no Docker engine answers";
  }
}

/** What a test says of a run; the rest is as any run has it. */
export interface LabRun {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly epoch?: bigint;
  readonly deadline?: Date;
  readonly s3Credentials?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly kind?: string;
  /** False leaves out the address for reports. */
  readonly reports?: boolean;
}

const FINAL: ReadonlySet<RunStatus> = new Set([RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.CANCELLED]);

/** A container executor as a process of its own on the real engine, with a ratd that only takes reports. */
export class ExecutorLab implements AsyncDisposable {
  readonly instance = `lab-${randomBytes(4).toString("hex")}`;
  readonly ratd: FakeReportService;
  readonly process: PluginProcess;
  readonly client: Client<typeof ExecutorService>;
  readonly #plugin: Client<typeof PluginService>;
  #runs = 0;

  private constructor(ratd: FakeReportService, port: number, config: Readonly<Record<string, unknown>>) {
    this.ratd = ratd;
    const settings = { instance: this.instance, stop_grace_ms: 1000, poll_ms: 200, ...config };
    this.process = new PluginProcess("services/container-executor/src/main.ts", port, {
      RAT_PLUGIN_CONFIG: JSON.stringify(settings),
    });
    const baseUrl = `http://${this.process.address}`;
    const transport = createConnectTransport({ baseUrl, httpVersion: "1.1", defaultTimeoutMs: 60_000 });
    this.client = createClient(ExecutorService, transport);
    this.#plugin = createClient(PluginService, transport);
  }

  static async start(config: Readonly<Record<string, unknown>>): Promise<ExecutorLab> {
    const lab = new ExecutorLab(await FakeReportService.start(), await freePort(), config);
    await lab.process.start();
    return lab;
  }

  /** A run id that no other run has. */
  id(): string {
    this.#runs += 1;
    return `${this.instance}-${this.#runs}.1`;
  }

  /** Hands over a run, also a second time; answers where it stands. */
  async submit(runId: string, { reports = true, deadline, spec, ...run }: LabRun): Promise<RunStatus> {
    const address = reports ? { token: this.ratd.tokenOf(runId), reportUrl: this.ratd.url } : {};
    const { status } = await this.client.submit({
      runId,
      epoch: 5n,
      pipelineName: "orders",
      namespace: "lab",
      ...run,
      ...address,
      spec: JSON.parse(JSON.stringify(spec)),
      ...(deadline && { deadline: timestampFromDate(deadline) }),
    });
    return status;
  }

  /** Waits for the end of a run and tells how it was. */
  async end(runId: string, timeoutMs = 20_000): Promise<GetRunStatusResponse> {
    return until(
      async () => {
        const report = await this.client.getRunStatus({ runId });
        return FINAL.has(report.status) ? report : undefined;
      },
      { timeoutMs, what: `the end of ${runId}` },
    );
  }

  /** Submits a script for Node.js, waits for the end, and gives the output after the executor's own first line. */
  async script(
    code: string,
    run: Partial<LabRun> = {},
  ): Promise<{ end: GetRunStatusResponse; output: string[] }> {
    const runId = this.id();
    await this.submit(runId, { ...run, spec: { argv: ["node", "-e", code], ...run.spec } });
    const end = await this.end(runId);
    return { end, output: await this.output(runId) };
  }

  /** The output so far, after the executor's own first line; with the level. */
  async output(runId: string): Promise<string[]> {
    const lines: string[] = [];
    for await (const { level, message } of this.client.streamLogs({ runId }))
      lines.push(`${level}: ${message}`);
    return lines.slice(1);
  }

  async health(): Promise<{ status: string; message: string }> {
    const { status, message } = await this.#plugin.healthCheck({});
    return { status, message };
  }

  /** The container of a run. */
  async containerOf(runId: string): Promise<string> {
    return docker("ps", "--all", "--quiet", "--no-trunc", "--filter", `label=rat.run-id=${runId}`);
  }

  /** Everything that the engine holds of this executor. */
  async remains(): Promise<readonly string[]> {
    const filter = ["--filter", `label=rat.executor=${this.instance}`];
    const lists = await Promise.all([
      docker("ps", "--all", "--quiet", ...filter),
      docker("volume", "ls", "--quiet", ...filter),
      docker("network", "ls", "--quiet", ...filter),
    ]);
    return lists.flatMap((list) => list.split("\n").filter((line) => line !== ""));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
    await this.ratd[Symbol.asyncDispose]();
    const filter = ["--filter", `label=rat.executor=${this.instance}`];
    const each = (list: string) => list.split("\n").filter((line) => line !== "");
    const containers = each(await docker("ps", "--all", "--quiet", ...filter));
    if (containers.length > 0) await docker("rm", "--force", "--volumes", ...containers);
    for (const kind of ["volume", "network"]) {
      const names = each(await docker(kind, "ls", "--quiet", ...filter));
      if (names.length > 0) await docker(kind, "rm", ...names);
    }
  }
}
