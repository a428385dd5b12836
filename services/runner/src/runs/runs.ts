import {
  PluginError,
  type LogLine,
  type PluginLog,
  type RunReport,
  type RunReporter,
  type RunState,
  type RunSummary,
  type SubmitInput,
} from "@rat/plugin-sdk";
import type { Journal } from "../journal/journal.ts";
import type { JournalEntry } from "../journal/journal-entry.ts";
import type { RunnerSettings } from "../settings.ts";
import { fileFault } from "../system/file-fault.ts";
import type { RunFolders } from "../system/run-folders.ts";
import type { UserBlock } from "../system/user-block.ts";
import type { Watch } from "../system/watch.ts";
import { ActiveRun } from "./active-run.ts";
import { fading, reportOf, withoutResult, type KnownRun } from "./known-run.ts";
import type { Launcher } from "./launch.ts";
import { Places } from "./places.ts";
import { readCredentials, readRunOrder, type RunOrder } from "./run-order.ts";

/** What the runs of a runner need. */
export interface RunsDeps {
  readonly settings: RunnerSettings;
  readonly journal: Journal;
  readonly boot: string;
  readonly reporter: RunReporter;
  readonly folders: RunFolders;
  readonly watch: Watch;
  readonly users: UserBlock | undefined;
  readonly launchers: Readonly<Record<RunOrder["work"]["kind"], Launcher>>;
  readonly log: PluginLog;
  readonly now: () => Date;
  /** A text that nobody guesses or has used before. */
  readonly newMark: () => string;
}

const SWEEP_MS = 30_000;
/** How long the last reports may take when the runner ends. */
const FLUSH_MS = 5000;

/** The runs that the runner knows: each id starts at most once. */
export class Runs {
  readonly #deps: RunsDeps;
  readonly #known = new Map<string, KnownRun>();
  readonly #ends = new Set<Promise<void>>();
  readonly #places: Places;
  readonly #sweeper: NodeJS.Timeout;
  #draining = false;

  /** `entries` is what an earlier runner left, all of it ended. */
  constructor(entries: readonly JournalEntry[], deps: RunsDeps) {
    this.#deps = deps;
    this.#places = new Places(deps.settings.places);
    for (const entry of entries) {
      const run = { entry, active: undefined, reports: undefined, settledAt: undefined };
      this.#known.set(entry.runId, run);
    }
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
    this.#sweep();
  }

  /** Takes a run, or answers where a known one stands. Nothing is awaited: two calls cannot both start it. */
  submit(input: SubmitInput): { readonly status: RunState } {
    const known = this.#known.get(input.runId);
    if (known !== undefined) return this.#takeOver(known, input);
    const order = readRunOrder(input, this.#deps.now());
    const credentials = readCredentials(input);
    if (this.#draining) throw new PluginError("resource_exhausted", "the runner is draining");
    const place = this.#places.take();
    if (place === undefined) {
      throw new PluginError("resource_exhausted", `all ${this.#deps.settings.places} places are taken`);
    }
    try {
      this.#start(order, input, credentials, place);
    } catch (error) {
      this.#places.free(place);
      throw error;
    }
    return { status: "running" };
  }

  cancel(runId: string): { readonly cancelled: boolean } {
    const { active, entry } = this.#get(runId);
    return { cancelled: active?.stop({ status: "cancelled" }) ?? entry.ended?.report.status === "cancelled" };
  }

  /** ratd has given the run up. */
  abandon(runId: string): void {
    this.#known.get(runId)?.active?.stop({ status: "cancelled", error: "ratd has given the run up" });
  }

  report(runId: string): RunReport {
    return reportOf(this.#get(runId));
  }

  read(runId: string, offset: number, follow: boolean, signal: AbortSignal): AsyncIterable<LogLine> {
    return this.#get(runId).reports?.read(offset, follow, signal) ?? none();
  }

  list(): { readonly runs: readonly RunSummary[]; readonly capacity: number } {
    const runs = [...this.#known.values()].map((run) => ({
      runId: run.entry.runId,
      epoch: run.entry.epoch,
      status: reportOf(run).status,
    }));
    return { runs, capacity: this.#draining ? 0 : this.#deps.settings.places };
  }

  /** Takes no more runs; those under way may end by themselves until `limit`, and are stopped then. */
  async drain(limit: Promise<void>): Promise<void> {
    this.#draining = true;
    const ends = Promise.all(this.#ends);
    const late = await Promise.race([ends.then(() => false), limit.then(() => true)]);
    if (late) {
      for (const { active } of this.#known.values()) {
        active?.stop({ status: "failed", error: "lost: the runner was stopped" });
      }
    }
    await ends;
  }

  /** Waits until ratd has the last reports, or for a while. */
  async flush(): Promise<void> {
    clearInterval(this.#sweeper);
    const open = [...this.#known.values()].flatMap(({ reports }) =>
      reports === undefined ? [] : [reports.settled],
    );
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, FLUSH_MS);
    await Promise.race([Promise.all(open), promise]);
    clearTimeout(timer);
  }

  #takeOver(run: KnownRun, input: SubmitInput): { readonly status: RunState } {
    const { runId, epoch, token, reportUrl } = input;
    if (epoch < run.entry.epoch) {
      throw new PluginError("failed_precondition", `epoch: ${epoch} is older than ${run.entry.epoch}`);
    }
    const credentials = readCredentials(input);
    if (epoch > run.entry.epoch) {
      const entry = { ...run.entry, epoch };
      this.#mustWrite(entry);
      run.entry = entry;
    }
    run.reports = this.#deps.reporter.attach({ runId, epoch, token, reportUrl });
    if (Object.keys(credentials).length > 0) run.active?.renew(credentials);
    if (run.entry.ended !== undefined) {
      run.reports.status(run.entry.ended.report);
      this.#whenSettled(run);
    }
    return { status: reportOf(run).status };
  }

  #start(
    order: RunOrder,
    input: SubmitInput,
    credentials: Readonly<Record<string, string>>,
    place: number,
  ): void {
    const { settings, journal, boot, reporter, folders, watch, users, launchers, log, now, newMark } =
      this.#deps;
    const { runId, epoch, token, reportUrl } = input;
    const mark = newMark();
    const open = { leader: undefined, stopped: undefined, ended: undefined };
    const entry = { runId, epoch, boot, mark, startedAt: now(), ...open };
    // Before anything starts: after a crash the id counts as used.
    this.#mustWrite(entry);
    const reports = reporter.attach({ runId, epoch, token, reportUrl });
    const run: KnownRun = { entry, active: undefined, reports, settledAt: undefined };
    const active = new ActiveRun(order, credentials, {
      launcher: launchers[order.work.kind],
      uid: users?.uidOf(place),
      onLeader: (leader) => {
        run.entry = { ...run.entry, leader };
        this.#note(run.entry);
      },
      onStop: (stopped) => {
        run.entry = { ...run.entry, stopped };
        this.#note(run.entry);
      },
      endFile: journal.newEndFile(runId),
      logLimit: settings.logLimit,
      killGraceMs: settings.killGraceMs,
      folders,
      watch,
      reports,
      log,
      now,
      mark,
    });
    run.active = active;
    this.#known.set(runId, run);
    reports.status({ status: "running" });
    const end = active.carryOut().then((report) => this.#ended(run, report, place));
    this.#ends.add(end);
    void end.finally(() => this.#ends.delete(end));
  }

  #ended(run: KnownRun, report: RunReport, place: number): void {
    run.active = undefined;
    run.entry = { ...run.entry, ended: { at: this.#deps.now(), report } };
    this.#note(run.entry);
    this.#places.free(place);
    run.reports?.status(report);
    this.#whenSettled(run);
  }

  #whenSettled(run: KnownRun): void {
    void run.reports?.settled.then((taken) => {
      if (!taken || run.settledAt !== undefined) return;
      run.settledAt = this.#deps.now();
      this.#dropResult(run);
    });
  }

  #dropResult(run: KnownRun): void {
    if (run.entry.ended?.report.result === undefined) return;
    run.entry = withoutResult(run);
    this.#note(run.entry);
  }

  /** Writes what must be on the disk before the answer. @throws PluginError that says why it is not */
  #mustWrite(entry: JournalEntry): void {
    try {
      this.#deps.journal.write(entry);
    } catch (error) {
      const why = error instanceof Error ? error.message : "unknown error";
      const message = `the runner cannot write its journal in ${this.#deps.settings.state}: ${why}`;
      throw new PluginError(
        fileFault(error) === "denied" ? "permission_denied" : "resource_exhausted",
        message,
        { cause: error },
      );
    }
  }

  /** Writes what the runner could do without after its end. */
  #note(entry: JournalEntry): void {
    this.#try(entry, "a run could not be written to the journal", () => this.#deps.journal.write(entry));
  }

  #try({ runId }: JournalEntry, failure: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#deps.log.error({ runId, err: error }, failure);
    }
  }

  #get(runId: string): KnownRun {
    const run = this.#known.get(runId);
    if (run === undefined) {
      throw new PluginError("not_found", `run_id: ${JSON.stringify(runId.slice(0, 200))} is not known`);
    }
    return run;
  }

  #sweep(): void {
    const { forget, dropOutput, dropResult } = fading([...this.#known.values()], this.#deps.now());
    for (const { entry } of forget) {
      this.#known.delete(entry.runId);
      this.#deps.reporter.forget(entry.runId);
      this.#try(entry, "a run could not be taken from the journal", () =>
        this.#deps.journal.forget(entry.runId),
      );
    }
    for (const run of dropResult) this.#dropResult(run);
    for (const run of dropOutput) {
      this.#deps.reporter.forget(run.entry.runId);
      run.reports = undefined;
    }
  }
}

async function* none(): AsyncGenerator<LogLine> {}
