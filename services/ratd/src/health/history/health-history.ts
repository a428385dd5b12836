import { setTimeout } from "node:timers/promises";
import { RatError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Logger } from "../../platform/logger.ts";
import type { HealthEvent, HealthRecord, HealthReport } from "./health-record.ts";
import { HistoryRows } from "./history-rows.ts";
import { HistoryState, type HistoryBatch } from "./history-state.ts";

/** What the history needs. */
export interface HealthHistoryDeps {
  readonly database: Database;
  /** Resolves when the rows of the watched plugins are in the database. */
  readonly ready: () => Promise<void>;
  /** Whether the tables are known to be there. */
  readonly present: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

// At most four writes a second, whatever happens.
const PACE_MS = 250;
// After a failure that is not an outage: there is nothing to wait for but time.
const RETRY_MS = 1_000;
const CLOSE_PATIENCE_MS = 3_000;
const DEFAULT_HISTORY = 100;

/**
 * How plugins are and have been. Memory is the truth of this process and answers at once; a writer behind it brings
 * the database up to date, several changes at a time. While the database is down memory carries on, and the writer
 * catches up when it is back: recording never waits and never fails.
 */
export class HealthHistory implements AsyncDisposable {
  readonly #deps: HealthHistoryDeps;
  readonly #state: HistoryState;
  readonly #rows: HistoryRows;
  readonly #unsubscribe: () => void;
  readonly #waiting = new Set<() => void>();
  #prepared = false;
  #writing = false;
  #closed = false;
  #cancel: (() => void) | undefined;

  constructor(deps: HealthHistoryDeps) {
    this.#deps = deps;
    this.#state = new HistoryState(deps.clock);
    this.#rows = new HistoryRows(deps.database);
    this.#unsubscribe = deps.database.onChange(({ state }) => {
      if (state === "healthy") this.#schedule(0);
    });
    this.#schedule(0);
  }

  /** A plugin is watched from now on; its status is unknown until the first report. */
  begin(plugin: string): void {
    this.#state.begin(plugin);
    this.#schedule(PACE_MS);
  }

  /** A plugin is watched no more: later reports of it are not taken down. */
  end(plugin: string): void {
    this.#state.end(plugin);
  }

  /** Takes over a health check; a change of status becomes history. Plugins that are not watched are ignored. */
  record(report: HealthReport): void {
    this.#state.record(report);
    this.#schedule(PACE_MS);
  }

  /** Takes over the version that a plugin reports. */
  recordVersion(plugin: string, version: string | null): void {
    this.#state.recordVersion(plugin, version);
    this.#schedule(PACE_MS);
  }

  /** How a plugin is; undefined for one of which nothing is known. */
  latest(plugin: string): HealthRecord | undefined {
    return this.#state.get(plugin);
  }

  /** Changes of status, newest first; what this process remembers while the database is down. */
  async history(name: string, limit: number = DEFAULT_HISTORY): Promise<readonly HealthEvent[]> {
    if (this.#deps.present() && this.#deps.database.status().state === "healthy") {
      try {
        const stored = await this.#rows.history(name, limit);
        return [...this.#state.unstored(name), ...stored].slice(0, limit);
      } catch (error) {
        if (!(error instanceof RatError && error.code === "database_unavailable")) throw error;
      }
    }
    return this.#state.remembered(name).slice(0, limit);
  }

  /** Resolves when all that was recorded before the call is stored. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      this.#schedule(0);
    });
  }

  /** Writes what is left, if the database lets it within three seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    if (this.#deps.database.status().state === "healthy") {
      const given = new AbortController();
      const patience = setTimeout(CLOSE_PATIENCE_MS, undefined, { signal: given.signal }).catch(
        () => undefined,
      );
      await Promise.race([this.flushed(), patience]);
      given.abort();
    }
    this.#closed = true;
    this.#cancel?.();
    this.#unsubscribe();
    if (this.#state.pending)
      this.#deps.logger.warn("Some health results were not stored, since the database is down.");
  }

  /** Plans a write; an earlier plan stands. */
  #schedule(ms: number): void {
    if (this.#closed || this.#writing || (this.#cancel !== undefined && ms > 0)) return;
    this.#cancel?.();
    this.#cancel = this.#deps.clock.after(ms, () => {
      this.#cancel = undefined;
      void this.#write();
    });
  }

  async #write(): Promise<void> {
    if (this.#deps.database.status().state === "down") return;
    this.#writing = true;
    const waiting = [...this.#waiting];
    let pause = PACE_MS;
    try {
      await this.#prepare();
      const batch = this.#state.take(waiting.length > 0);
      const drained = !this.#state.pending;
      await this.#writeBatch(batch);
      if (drained) this.#wake(waiting);
      if (this.#waiting.size > 0) pause = 0;
    } catch (error) {
      pause = RETRY_MS;
      if (!isOutage(error))
        this.#deps.logger.error({ err: error }, "The health history could not be stored; trying again.");
    }
    this.#writing = false;
    if (this.#state.pending || !this.#prepared || this.#waiting.size > 0) this.#schedule(pause);
  }

  #wake(waiting: readonly (() => void)[]): void {
    for (const wake of waiting) {
      this.#waiting.delete(wake);
      wake();
    }
  }

  async #prepare(): Promise<void> {
    if (this.#prepared) return;
    await this.#deps.ready();
    this.#state.merge(await this.#rows.load());
    this.#prepared = true;
  }

  /** Writes a batch; halves it when the database rejects it, so that one bad row does not hold up the others. */
  async #writeBatch(batch: HistoryBatch): Promise<void> {
    const size = batch.records.length + batch.events.length;
    if (size === 0) return;
    try {
      await this.#rows.write(batch);
      this.#state.confirm(batch);
    } catch (error) {
      if (error instanceof RatError) {
        this.#state.restore(batch);
        throw error;
      }
      if (size === 1) {
        this.#deps.logger.error(
          { err: error, batch },
          "The database rejects a row of the health history; it is left out.",
        );
        return;
      }
      const [first, second] = halves(batch);
      try {
        await this.#writeBatch(first);
      } catch (outage) {
        this.#state.restore(second);
        throw outage;
      }
      await this.#writeBatch(second);
    }
  }
}

function halves({ records, events }: HistoryBatch): readonly [HistoryBatch, HistoryBatch] {
  if (records.length > 0 && events.length > 0) {
    return [
      { records, events: [] },
      { records: [], events },
    ];
  }
  const p = Math.ceil(records.length / 2);
  const e = Math.ceil(events.length / 2);
  return [
    { records: records.slice(0, p), events: events.slice(0, e) },
    { records: records.slice(p), events: events.slice(e) },
  ];
}

function isOutage(error: unknown): boolean {
  return error instanceof RatError && error.code === "database_unavailable";
}
