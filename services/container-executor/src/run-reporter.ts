import type { PluginLog } from "@rat/plugin-sdk";
import { report, type ReportAddress } from "./report-client.ts";
import { RunReports } from "./run-reports.ts";

/** What a reporter needs. */
export interface RunReporterOptions {
  readonly log: PluginLog;
  /** Called with a run that ratd has given up or handed on. */
  readonly onStop: (runId: string) => void;
}

const HEARTBEAT_MS = 5000;
/** What one heartbeat may hold. */
const MAX_PROOFS = 1000;

/** Tells ratd about runs: status, output, and that they are alive. */
export class RunReporter implements Disposable {
  readonly #options: RunReporterOptions;
  readonly #runs = new Map<string, RunReports>();
  readonly #closed = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(options: RunReporterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#beat(), HEARTBEAT_MS);
    this.#timer.unref();
  }

  /** The reports of a run; of one that is known, they go to the new address from now on. */
  attach(runId: string, address: ReportAddress): RunReports {
    const known = this.#runs.get(runId);
    if (known !== undefined) {
      known.bind(address);
      return known;
    }
    const reports = new RunReports(runId, address, this.#options.log, this.#closed.signal);
    this.#runs.set(runId, reports);
    return reports;
  }

  /** Drops a run and its output. */
  forget(runId: string): void {
    this.#runs.delete(runId);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#closed.abort();
  }

  async #beat(): Promise<void> {
    const alive = [...this.#runs].filter(([, reports]) => reports.alive);
    const byUrl = Map.groupBy(alive, ([, reports]) => reports.address.reportUrl);
    await Promise.all([...byUrl].map(([url, runs]) => this.#beatOne(url, runs)));
  }

  async #beatOne(url: string, runs: readonly (readonly [string, RunReports])[]): Promise<void> {
    for (let from = 0; from < runs.length; from += MAX_PROOFS) {
      const proofs = runs.slice(from, from + MAX_PROOFS).map(([runId, { address }]) => ({
        runId,
        epoch: String(address.epoch),
        token: address.token,
      }));
      try {
        const answer = await report(url, "ReportHeartbeat", { runs: proofs }, this.#closed.signal);
        for (const runId of stopsOf(answer)) this.#options.onStop(runId);
      } catch {
        // ratd is away; its lease and its polls decide, and the next heartbeat comes soon.
      }
    }
  }
}

function stopsOf(answer: unknown): readonly string[] {
  if (typeof answer !== "object" || answer === null || !("stopRunIds" in answer)) return [];
  const { stopRunIds } = answer;
  return Array.isArray(stopRunIds) ? stopRunIds.filter((id: unknown) => typeof id === "string") : [];
}
