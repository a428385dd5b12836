import type { PluginLog } from "../plugin-log.ts";
import { beat } from "./heartbeat.ts";
import { PushedRun, type Binding } from "./pushed-run.ts";
import { connectByHttp, ReportLink, type ReportConnection } from "./report-link.ts";
import type { RunBinding, RunReports } from "./run-reports.ts";

/** What a reporter needs. */
export interface RunReporterOptions {
  readonly log: PluginLog;
  readonly now: () => Date;
  /** The executor must stop this run: ratd has given it up or handed it on. */
  readonly onStop: (runId: string) => void;
  /** Pause between heartbeats; 5000 by default. */
  readonly heartbeatMs?: number;
  /** Lines kept of each run, sent or not; 8 MiB by default. */
  readonly bufferBytes?: number;
  /** Opens the way to the ratd at a base URL; HTTP/1.1 by default. */
  readonly connect?: (url: string) => ReportConnection;
  /** Numbers from 0 to 1, to spread retries; `Math.random` by default. */
  readonly random?: () => number;
}

const HEARTBEAT_MS = 5000;
const BUFFER_BYTES = 8 * 1024 * 1024;

/**
 * Tells ratd what happens to runs, at once instead of at its next poll: lines, where a run stands, and that it is
 * alive. Reports of a run arrive in order; they are tried again while ratd is away, and stop when it refuses them.
 */
export class RunReporter implements AsyncDisposable {
  readonly #options: RunReporterOptions;
  readonly #runs = new Map<string, PushedRun>();
  readonly #links = new Map<string, ReportLink>();
  readonly #timer: NodeJS.Timeout;
  #beating: Promise<void> | undefined;

  constructor(options: RunReporterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#beat(), options.heartbeatMs ?? HEARTBEAT_MS);
    this.#timer.unref();
  }

  /**
   * Starts reporting a run, or binds a known one to the epoch, token and address of a later `submit`; an epoch lower
   * than the present one changes nothing.
   */
  attach(run: RunBinding): RunReports {
    const known = this.#runs.get(run.runId);
    if (known === undefined) {
      const { log, now, random = Math.random, bufferBytes = BUFFER_BYTES } = this.#options;
      const fresh = new PushedRun(this.#bindingOf(run), { log, now, random, bufferBytes });
      this.#runs.set(run.runId, fresh);
      return fresh;
    }
    if (run.epoch >= known.binding.epoch) known.bind(this.#bindingOf(run));
    return known;
  }

  /** The reports of a known run. */
  get(runId: string): RunReports | undefined {
    return this.#runs.get(runId);
  }

  /** Forgets a run with its lines; what was not yet sent is lost. */
  forget(runId: string): void {
    this.#runs.get(runId)?.close();
    this.#runs.delete(runId);
  }

  /** Ends all reports at once; wait for `settled` of the runs before, when they matter. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const run of this.#runs.values()) run.close();
    for (const link of this.#links.values()) link[Symbol.dispose]();
    this.#links.clear();
    await this.#beating;
  }

  #bindingOf(run: RunBinding): Binding {
    return { ...run, link: run.reportUrl === "" ? undefined : this.#linkTo(run.reportUrl) };
  }

  #linkTo(url: string): ReportLink {
    const { connect = connectByHttp } = this.#options;
    const link = this.#links.get(url) ?? new ReportLink(connect(url));
    this.#links.set(url, link);
    return link;
  }

  #beat(): void {
    // A ratd that answers slowly must not gather heartbeats.
    if (this.#beating !== undefined) return;
    this.#dropUnusedLinks();
    this.#beating = beat([...this.#runs.values()], this.#options).finally(() => {
      this.#beating = undefined;
    });
  }

  #dropUnusedLinks(): void {
    const used = new Set([...this.#runs.values()].map(({ binding }) => binding.link));
    for (const [url, link] of this.#links) {
      if (used.has(link)) continue;
      link[Symbol.dispose]();
      this.#links.delete(url);
    }
  }
}
