import { setTimeout } from "node:timers/promises";
import { RatError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/database.ts";
import type { Logger } from "../platform/logger.ts";
import type { Schema } from "../schema/schema.ts";
import { RegistryState, type RegistryBatch } from "./registry-state.ts";
import { RegistryStore } from "./registry-store.ts";
import type { HealthEvent, HealthReport, PluginRecord, PluginRegistration, Registry } from "./registry.ts";

// At most four writes a second, whatever happens.
const PACE_MS = 250;
// After a failure that is not an outage: there is nothing to wait for but time.
const RETRY_MS = 1_000;
const CLOSE_PATIENCE_MS = 3_000;
const DEFAULT_HISTORY = 100;

/**
 * The registry in PostgreSQL. Memory is the truth of this process and answers every read at once; a writer behind it
 * brings the database up to date, several changes at a time. While the database is down memory carries on, and the
 * writer catches up when it is back. The tables are made when the database first
 * answers.
 */
export class PostgresRegistry implements Registry {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #database: Database;
  readonly #schema: Schema;
  readonly #state: RegistryState;
  readonly #store: RegistryStore;
  readonly #unsubscribe: () => void;
  readonly #waiting = new Set<() => void>();
  #prepared = false;
  #writing = false;
  #closed = false;
  #cancel: (() => void) | undefined;

  constructor(deps: {
    readonly database: Database;
    readonly schema: Schema;
    readonly logger: Logger;
    readonly clock: Clock;
  }) {
    this.#schema = deps.schema;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#database = deps.database;
    this.#state = new RegistryState(deps.clock);
    this.#store = new RegistryStore(deps.database);
    this.#unsubscribe = deps.database.onChange(({ state }) => {
      if (state === "healthy") this.#schedule(0);
    });
    this.#schedule(0);
  }

  register(plugins: readonly PluginRegistration[]): void {
    this.#state.register(plugins);
    this.#schedule(PACE_MS);
  }

  recordHealth(report: HealthReport): void {
    this.#state.recordHealth(report);
    this.#schedule(PACE_MS);
  }

  recordVersion(name: string, version: string | null): void {
    this.#state.recordVersion(name, version);
    this.#schedule(PACE_MS);
  }

  list(): readonly PluginRecord[] {
    return this.#state.list();
  }

  get(name: string): PluginRecord | undefined {
    return this.#state.get(name);
  }

  async history(name: string, limit: number = DEFAULT_HISTORY): Promise<readonly HealthEvent[]> {
    if (this.#prepared && this.#database.status().state === "healthy") {
      try {
        const stored = await this.#store.history(name, limit);
        return [...this.#state.unstored(name), ...stored].slice(0, limit);
      } catch (error) {
        if (!(error instanceof RatError && error.code === "database_unavailable")) throw error;
      }
    }
    return this.#state.remembered(name).slice(0, limit);
  }

  flushed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      this.#schedule(0);
    });
  }

  /** Writes what is left, if the database lets it within three seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    if (this.#database.status().state === "healthy") {
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
      this.#logger.warn("Some health results were not stored, since the database is down.");
  }

  /** Plans a write; an earlier plan stands. */
  #schedule(ms: number): void {
    if (this.#closed || this.#writing || (this.#cancel !== undefined && ms > 0)) return;
    this.#cancel?.();
    this.#cancel = this.#clock.after(ms, () => {
      this.#cancel = undefined;
      void this.#write();
    });
  }

  async #write(): Promise<void> {
    if (this.#database.status().state === "down") return;
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
        this.#logger.error({ err: error }, "The registry could not be stored; trying again.");
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
    await this.#schema.ready();
    this.#state.merge(await this.#store.load());
    this.#prepared = true;
  }

  /** Writes a batch; halves it when the database rejects it, so that one bad row does not hold up the others. */
  async #writeBatch(batch: RegistryBatch): Promise<void> {
    const size = batch.plugins.length + batch.events.length;
    if (size === 0) return;
    try {
      await this.#store.write(batch);
      this.#state.confirm(batch);
    } catch (error) {
      if (error instanceof RatError) {
        this.#state.restore(batch);
        throw error;
      }
      if (size === 1) {
        this.#logger.error(
          { err: error, batch },
          "The database rejects a row of the registry; it is left out.",
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

function halves({ plugins, events }: RegistryBatch): readonly [RegistryBatch, RegistryBatch] {
  if (plugins.length > 0 && events.length > 0) {
    return [
      { plugins, events: [] },
      { plugins: [], events },
    ];
  }
  const p = Math.ceil(plugins.length / 2);
  const e = Math.ceil(events.length / 2);
  return [
    { plugins: plugins.slice(0, p), events: events.slice(0, e) },
    { plugins: plugins.slice(p), events: events.slice(e) },
  ];
}

function isOutage(error: unknown): boolean {
  return error instanceof RatError && error.code === "database_unavailable";
}
