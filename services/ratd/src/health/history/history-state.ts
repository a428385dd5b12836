import type { Clock } from "../../platform/clock.ts";
import { ChangeWindow, type HistoryLimits } from "./change-window.ts";
import type { HealthEvent, HealthRecord, HealthReport } from "./health-record.ts";

/** What the database shall get next. */
export interface HistoryBatch {
  readonly records: readonly HealthRecord[];
  readonly events: readonly HealthEvent[];
}

/** Most rows and most changes of status in one batch. */
const BATCH_SIZE = 1_000;

// What plugins say is bounded before it is kept; a health message is for one line on a screen.
const MAX_MESSAGE_CHARS = 1_000;
const MAX_VERSION_CHARS = 200;

/** The health of plugins in memory: the truth of this process, and a list of what the database does not have yet. */
export class HistoryState {
  readonly #clock: Clock;
  readonly #changes: ChangeWindow;
  readonly #records = new Map<string, HealthRecord>();
  /** Plugins that are watched now: of others nothing is taken down. */
  readonly #watched = new Set<string>();
  readonly #dirty = new Set<string>();

  constructor(clock: Clock, limits?: HistoryLimits) {
    this.#clock = clock;
    this.#changes = new ChangeWindow(limits);
  }

  /** Changes of status that were dropped since the database was away for too long. */
  get droppedEvents(): number {
    return this.#changes.dropped;
  }

  /** Whether the database lacks anything. */
  get pending(): boolean {
    return this.#dirty.size > 0 || this.#changes.pending;
  }

  begin(plugin: string): void {
    this.#watched.add(plugin);
    const known = this.#records.get(plugin);
    this.#put({
      plugin,
      status: "unknown",
      message: "",
      version: known?.version ?? null,
      lastHealth: known?.lastHealth ?? null,
      statusSince: new Date(this.#clock.now()),
    });
  }

  end(plugin: string): void {
    this.#watched.delete(plugin);
  }

  record({ plugin, status, message, checkedAt }: HealthReport): void {
    const record = this.#watched.has(plugin) ? this.#records.get(plugin) : undefined;
    if (record === undefined) return;
    const at = Number.isNaN(checkedAt.getTime()) ? new Date(this.#clock.now()) : checkedAt;
    const text = storable(message, MAX_MESSAGE_CHARS);
    const changed = record.status !== status;
    if (changed) {
      const change = { plugin, from: record.status, to: status, message: text, at };
      this.#changes.add(change, this.#clock.monotonic());
    }
    const statusSince = changed ? at : record.statusSince;
    this.#put({ ...record, status, message: text, lastHealth: at, statusSince });
  }

  recordVersion(plugin: string, version: string | null): void {
    const record = this.#records.get(plugin);
    const value = version === null ? null : storable(version, MAX_VERSION_CHARS);
    if (record === undefined || record.version === value) return;
    this.#put({ ...record, version: value });
  }

  get(plugin: string): HealthRecord | undefined {
    return this.#records.get(plugin);
  }

  /** Changes of status that the database does not have, newest first. */
  unstored(plugin: string): readonly HealthEvent[] {
    return this.#changes.unstored(plugin);
  }

  /** Changes of status as far as this process remembers, newest first. */
  remembered(plugin: string): readonly HealthEvent[] {
    return this.#changes.remembered(plugin);
  }

  /** Takes over what the database had from earlier: plugins that are gone, and what this process cannot know. */
  merge(stored: readonly HealthRecord[]): void {
    for (const old of stored) {
      const record = this.#records.get(old.plugin);
      if (record === undefined) {
        this.#records.set(old.plugin, old);
        continue;
      }
      this.#put({
        ...record,
        version: record.version ?? old.version,
        lastHealth: record.lastHealth ?? old.lastHealth,
      });
    }
  }

  /** Takes the next batch; with `force` changes of status too that wait for their second to pass. */
  take(force: boolean): HistoryBatch {
    const names = [...this.#dirty].slice(0, BATCH_SIZE);
    for (const name of names) this.#dirty.delete(name);
    return {
      records: names.flatMap((name) => this.#records.get(name) ?? []),
      events: this.#changes.take(BATCH_SIZE, this.#clock.monotonic(), force),
    };
  }

  /** Takes back a batch that the database did not accept. Of a plugin the newest state counts, not the batch's. */
  restore(batch: HistoryBatch): void {
    for (const { plugin } of batch.records) this.#dirty.add(plugin);
    this.#changes.restore(batch.events);
  }

  /** Notes that the database has the batch. */
  confirm(batch: HistoryBatch): void {
    this.#changes.confirm(batch.events);
  }

  #put(record: HealthRecord): void {
    this.#records.set(record.plugin, record);
    this.#dirty.add(record.plugin);
  }
}

/** PostgreSQL holds no NUL in text: one such message would block every later write. */
function storable(text: string, maxChars: number): string {
  return text.replaceAll("\0", "").slice(0, maxChars).toWellFormed();
}
