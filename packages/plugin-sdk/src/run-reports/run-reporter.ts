import type { PluginLog } from "../plugin-log.ts";
import { openReportClient, reportFailure, type ReportClient } from "./report-client.ts";
import { BoundRunReports, type RunBinding, type RunReports } from "./run-reports.ts";

/** What a reporter needs. */
export interface RunReporterOptions {
  readonly log: PluginLog;
  readonly now: () => Date;
  /** The executor must stop this run: ratd has given it up or handed it on. */
  readonly onStop: (runId: string) => void;
  /** Time between two heartbeats, milliseconds; default 5000. */
  readonly heartbeatMs?: number;
  /** Bytes of output kept of one run; default 8 MiB. */
  readonly bufferBytes?: number;
}

const HEARTBEAT_MS = 5000;
const BUFFER_BYTES = 8 * 1024 * 1024;
/** Runs that one heartbeat names. */
const HEARTBEAT_RUNS = 1000;
/** Time before the next try, milliseconds: doubled up to the greatest, and spread. */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 5000;

/** Reports the runs of an executor to ratd: output, status, and that they are alive. */
export class RunReporter implements AsyncDisposable {
  readonly #options: RunReporterOptions;
  readonly #runs = new Map<string, BoundRunReports>();
  readonly #clients = new Map<string, ReportClient>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #stop = new AbortController();
  #beating = false;

  constructor(options: RunReporterOptions) {
    this.#options = options;
    this.#heartbeat = setInterval(() => void this.#beat(), options.heartbeatMs ?? HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Starts to report a run, or binds a known one to a newer epoch, token and address. */
  attach(binding: RunBinding): RunReports {
    const known = this.#runs.get(binding.runId);
    if (known !== undefined) {
      known.bind(binding);
      return known;
    }
    const reports = new BoundRunReports(binding, {
      client: (url) => this.#client(url),
      now: this.#options.now,
      bufferBytes: this.#options.bufferBytes ?? BUFFER_BYTES,
      pause,
    });
    this.#runs.set(binding.runId, reports);
    return reports;
  }

  /** The reports of a known run. */
  get(runId: string): RunReports | undefined {
    return this.#runs.get(runId);
  }

  /** Forgets an ended run and what was kept of it. */
  forget(runId: string): void {
    this.#runs.get(runId)?.stop();
    this.#runs.delete(runId);
  }

  /** Reports nothing more. What ratd has not taken is lost: wait for `settled` before. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#stop.abort();
    for (const reports of this.#runs.values()) reports.stop();
    await Promise.resolve();
  }

  #client(url: string): ReportClient {
    const client = this.#clients.get(url) ?? openReportClient(url);
    this.#clients.set(url, client);
    return client;
  }

  async #beat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    const alive = [...this.#runs.values()].filter(({ ended, binding }) => !ended && binding.reportUrl !== "");
    for (const [url, runs] of Map.groupBy(alive, ({ binding }) => binding.reportUrl)) {
      for (let from = 0; from < runs.length; from += HEARTBEAT_RUNS) {
        await this.#beatOne(url, runs.slice(from, from + HEARTBEAT_RUNS));
      }
    }
    this.#beating = false;
  }

  async #beatOne(url: string, runs: readonly BoundRunReports[]): Promise<void> {
    const proofs = runs.map(({ binding: { runId, epoch, token } }) => ({ runId, epoch, token }));
    try {
      const { stopRunIds } = await this.#client(url).reportHeartbeat(
        { runs: proofs },
        { signal: this.#stop.signal },
      );
      for (const { runId, epoch } of proofs) {
        // A run that was bound anew meanwhile is not the one that the answer is about.
        if (stopRunIds.includes(runId) && this.#runs.get(runId)?.binding.epoch === epoch) {
          this.#options.onStop(runId);
        }
      }
    } catch (reason) {
      if (reportFailure(reason) === "refused")
        this.#options.log.warn({ err: reason }, "ratd refused a heartbeat");
    }
  }
}

/** Waits longer after each failure; the signal ends it early. */
async function pause(attempt: number, signal: AbortSignal): Promise<void> {
  const most = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, most * (0.5 + Math.random() / 2));
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
