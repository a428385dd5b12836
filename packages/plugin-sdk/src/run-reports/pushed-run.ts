import type { PluginLog } from "../plugin-log.ts";
import type { LogLine, RunReport, RunState } from "../slots/executor/handlers.ts";
import { Backoff } from "./backoff.ts";
import { LineBuffer } from "./line-buffer.ts";
import { logPieces } from "./log-text.ts";
import { isRefusal, type ReportLink, type RunProof } from "./report-link.ts";
import type { RunReports } from "./run-reports.ts";
import { Wake } from "./wake.ts";

/** One attempt's proof, and where its reports go. */
export interface Binding extends RunProof {
  /** Empty: nobody wants reports. */
  readonly reportUrl: string;
  /** Undefined without an address. */
  readonly link: ReportLink | undefined;
}

/** What a run's reports need. */
export interface PushedRunDeps {
  readonly log: PluginLog;
  readonly now: () => Date;
  readonly random: () => number;
  readonly bufferBytes: number;
}

const FINAL: ReadonlySet<RunState> = new Set<RunState>(["success", "failed", "cancelled"]);
const BATCH_LINES = 1000;
const BATCH_BYTES = 256 * 1024;
/** While lines keep coming they gather so long, in milliseconds: one call carries many. */
const GATHER_MS = 50;

/** The reports of one run, pushed in order: lines, and after them the status. */
export class PushedRun implements RunReports {
  readonly #deps: PushedRunDeps;
  readonly #lines: LineBuffer;
  /** Rings at every change, for readers. */
  readonly #news = new Wake();
  /** Rings when the push must not wait any longer. */
  readonly #hurry = new Wake();
  #binding: Binding;
  #refused = false;
  #acknowledged = 0;
  #report: { readonly report: RunReport; readonly observedAt: Date } | undefined;
  #reported = true;
  #settled = Promise.withResolvers<boolean>();
  #pushing = false;
  #closed = false;

  constructor(binding: Binding, deps: PushedRunDeps) {
    this.#deps = deps;
    this.#binding = binding;
    this.#lines = new LineBuffer(deps.bufferBytes);
  }

  get binding(): Binding {
    return this.#binding;
  }

  get settled(): Promise<boolean> {
    return this.#settled.promise;
  }

  get bytes(): number {
    return this.#lines.bytes;
  }

  /** True while heartbeats are due. */
  get alive(): boolean {
    return this.#binding.link !== undefined && !this.#refused && !this.#ended;
  }

  get #ended(): boolean {
    return this.#report !== undefined && FINAL.has(this.#report.report.status);
  }

  line(level: LogLine["level"], message: string, at = this.#deps.now()): void {
    for (const piece of logPieces(message)) this.#lines.add({ timestamp: at, level, message: piece });
    this.#changed();
  }

  status(report: RunReport): void {
    if (this.#ended) return;
    this.#report = { report, observedAt: this.#deps.now() };
    this.#reported = false;
    this.#settleUnpushed();
    this.#changed();
    this.#hurry.ring();
  }

  /** From now on reports carry another proof, maybe to another address; what ratd acknowledged is not sent again. */
  bind(binding: Binding): void {
    const same = binding.epoch === this.#binding.epoch && binding.token === this.#binding.token;
    if (same && binding.link === this.#binding.link && !this.#refused) return;
    this.#binding = binding;
    this.#refused = false;
    this.#reported = this.#report === undefined;
    // Who waits for the former promise learns of the former epoch, or of this one.
    const former = this.#settled;
    this.#settled = Promise.withResolvers();
    void this.#settled.promise.then((taken) => former.resolve(taken));
    this.#settleUnpushed();
    this.#changed();
    this.#hurry.ring();
  }

  /** ratd refused this proof, elsewhere. */
  refuse(binding: Binding): void {
    if (binding !== this.#binding) return;
    this.#refused = true;
    this.#settleUnpushed();
  }

  /** Ends pushing for good; readers come to their end. */
  close(): void {
    this.#closed = true;
    this.#settled.resolve(false);
    this.#news.ring();
    this.#hurry.ring();
  }

  async *read(offset: number, follow: boolean, signal: AbortSignal): AsyncGenerator<LogLine> {
    const left = Promise.withResolvers<void>();
    const leave = (): void => left.resolve();
    signal.addEventListener("abort", leave, { once: true });
    try {
      for (let next = offset; !signal.aborted;) {
        // A slow reader may find that lines which it had not read are gone; it goes on with the oldest kept.
        next = Math.max(next, this.#lines.first);
        const news = this.#news.next;
        const line = this.#lines.at(next);
        if (line !== undefined) {
          yield line;
          next += 1;
        } else if (!follow || this.#ended || this.#closed) return;
        else await Promise.race([news, left.promise]);
      }
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #changed(): void {
    this.#news.ring();
    if (this.#pushing || !this.#due()) return;
    this.#pushing = true;
    void this.#push().finally(() => {
      this.#pushing = false;
      // Something may have come between the last look and now.
      if (this.#due()) this.#changed();
    });
  }

  #due(): boolean {
    if (this.#closed || this.#refused || this.#binding.link === undefined) return false;
    return this.#acknowledged < this.#lines.next || !this.#reported;
  }

  async #push(): Promise<void> {
    const backoff = new Backoff(this.#deps.random);
    // In a later turn, so that lines of one moment go together.
    await Promise.resolve();
    while (this.#due()) {
      const binding = this.#binding;
      try {
        const full = await this.#next(binding);
        backoff.reset();
        if (!full && !this.#hasUrgent()) await this.#hurry.within(GATHER_MS);
      } catch (error) {
        if (binding !== this.#binding || this.#closed) continue;
        if (isRefusal(error)) this.#refusedBy(error, binding);
        else await this.#hurry.within(backoff.nextMs());
      }
    }
  }

  #hasUrgent(): boolean {
    return !this.#reported;
  }

  /** Sends the next lines or, after them, the status. Answers whether the batch was full. */
  async #next(binding: Binding): Promise<boolean> {
    const { link } = binding;
    if (link === undefined) return false;
    const lines = this.#lines.batch(this.#acknowledged, BATCH_LINES, BATCH_BYTES);
    const last = lines.at(-1);
    if (last !== undefined) {
      await link.logs(binding, lines);
      // True whatever the epoch was: ratd has these lines.
      this.#acknowledged = Math.max(this.#acknowledged, last.offset + 1);
      return this.#lines.next - this.#acknowledged > 0 && lines.length > BATCH_LINES / 2;
    }
    const told = this.#report;
    if (told === undefined) return false;
    await link.status(binding, told.report, told.observedAt);
    if (binding !== this.#binding || told !== this.#report) return false;
    this.#reported = true;
    if (this.#ended) this.#settled.resolve(true);
    return false;
  }

  #refusedBy(error: unknown, binding: Binding): void {
    this.#deps.log.warn({ runId: binding.runId, epoch: String(binding.epoch), err: error }, "report refused");
    this.refuse(binding);
  }

  /** Tells who waits that no push will bring the end. */
  #settleUnpushed(): void {
    if (this.#ended && (this.#refused || this.#binding.link === undefined)) this.#settled.resolve(false);
  }
}
