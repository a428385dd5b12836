import type { HealthStatus } from "../health/health.ts";
import type { Clock } from "../platform/clock.ts";
import { HealthHistory, type HistoryLimits, type PendingEvent } from "./health-history.ts";
import type { HealthEvent, HealthReport, PluginRecord, PluginRegistration } from "./registry.ts";

/** What the store shall get next. */
export interface RegistryBatch {
  readonly plugins: readonly PluginRecord[];
  readonly events: readonly PendingEvent[];
}

/** Most rows and most changes of status in one batch. */
const BATCH_SIZE = 1_000;

// What plugins say is bounded before it is kept; a health message is for one line on a screen.
const MAX_MESSAGE_CHARS = 1_000;
const MAX_VERSION_CHARS = 200;

/** The registry in memory: the truth of this process, and a list of what the store does not have yet. */
export class RegistryState {
  readonly #clock: Clock;
  readonly #history: HealthHistory;
  readonly #records = new Map<string, PluginRecord>();
  readonly #dirty = new Set<string>();
  #registered = false;

  constructor(clock: Clock, limits?: HistoryLimits) {
    this.#clock = clock;
    this.#history = new HealthHistory(limits);
  }

  /** Changes of status that were dropped since the store was away for too long. */
  get droppedEvents(): number {
    return this.#history.dropped;
  }

  /** Whether the store lacks anything. */
  get pending(): boolean {
    return this.#dirty.size > 0 || this.#history.pending;
  }

  register(plugins: readonly PluginRegistration[]): void {
    this.#registered = true;
    const now = new Date(this.#clock.now());
    const names = new Set(plugins.map((plugin) => plugin.name));
    for (const { name, slot, image, address } of plugins) {
      const known = this.#records.get(name);
      this.#put({
        name,
        slot,
        image,
        address,
        status: "unknown",
        message: "",
        version: known?.version ?? null,
        lastHealth: known?.lastHealth ?? null,
        statusSince: now,
        registeredAt: known?.registeredAt ?? now,
        updatedAt: now,
        removedAt: null,
      });
    }
    for (const record of this.#records.values()) {
      if (!names.has(record.name) && record.removedAt === null) {
        this.#put({ ...record, removedAt: now, updatedAt: now });
      }
    }
  }

  recordHealth(report: HealthReport): void {
    const record = this.#records.get(report.name);
    if (record === undefined || record.removedAt !== null) return;
    const at = Number.isNaN(report.checkedAt.getTime()) ? new Date(this.#clock.now()) : report.checkedAt;
    const message = storable(report.message, MAX_MESSAGE_CHARS);
    const changed = record.status !== report.status;
    if (changed) this.#noteChange(record.name, record.status, report.status, message, at);
    this.#put({
      ...record,
      status: report.status,
      message,
      lastHealth: at,
      statusSince: changed ? at : record.statusSince,
      updatedAt: new Date(this.#clock.now()),
    });
  }

  recordVersion(name: string, version: string | null): void {
    const record = this.#records.get(name);
    const value = version === null ? null : storable(version, MAX_VERSION_CHARS);
    if (record === undefined || record.version === value) return;
    this.#put({ ...record, version: value, updatedAt: new Date(this.#clock.now()) });
  }

  list(): readonly PluginRecord[] {
    return [...this.#records.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): PluginRecord | undefined {
    return this.#records.get(name);
  }

  /** Changes of status that the store does not have, newest first. */
  unstored(name: string): readonly HealthEvent[] {
    return this.#history.unstored(name);
  }

  /** Changes of status as far as this process remembers, newest first. */
  remembered(name: string): readonly HealthEvent[] {
    return this.#history.remembered(name);
  }

  /** Takes over what the store had from earlier: plugins that are gone, and what this process cannot know. */
  merge(stored: readonly PluginRecord[]): void {
    const now = new Date(this.#clock.now());
    for (const old of stored) {
      const record = this.#records.get(old.name);
      if (record === undefined) {
        this.#records.set(old.name, old);
        // Before rat.yaml was taken over nobody knows what left it.
        if (this.#registered && old.removedAt === null) this.#put({ ...old, removedAt: now, updatedAt: now });
        continue;
      }
      this.#put({
        ...record,
        version: record.version ?? old.version,
        lastHealth: record.lastHealth ?? old.lastHealth,
        registeredAt: old.registeredAt < record.registeredAt ? old.registeredAt : record.registeredAt,
      });
    }
  }

  /** Takes the next batch; with `force` changes of status too that wait for their second to pass. */
  take(force: boolean): RegistryBatch {
    const names = [...this.#dirty].slice(0, BATCH_SIZE);
    for (const name of names) this.#dirty.delete(name);
    return {
      plugins: names.flatMap((name) => this.#records.get(name) ?? []),
      events: this.#history.take(BATCH_SIZE, this.#clock.monotonic(), force),
    };
  }

  /** Takes back a batch that the store did not accept. Of a plugin the newest state counts, not the batch's. */
  restore(batch: RegistryBatch): void {
    for (const { name } of batch.plugins) this.#dirty.add(name);
    this.#history.restore(batch.events);
  }

  /** Notes that the store has the batch. */
  confirm(batch: RegistryBatch): void {
    this.#history.confirm(batch.events);
  }

  #noteChange(plugin: string, from: HealthStatus, to: HealthStatus, message: string, at: Date): void {
    this.#history.add({ plugin, from, to, message, at }, this.#clock.monotonic());
  }

  #put(record: PluginRecord): void {
    this.#records.set(record.name, record);
    this.#dirty.add(record.name);
  }
}

/** PostgreSQL holds no NUL in text: one such message would block every later write. */
function storable(text: string, maxChars: number): string {
  return text.replaceAll("\0", "").slice(0, maxChars).toWellFormed();
}
