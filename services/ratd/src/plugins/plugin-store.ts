import { RatError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/database.ts";
import type { Logger } from "../platform/logger.ts";
import type { Schema } from "../schema/schema.ts";
import { PluginRows } from "./plugin-rows.ts";
import type { Plugin, PluginRegistration, PluginSource } from "./plugin.ts";

/** What the store needs. */
export interface PluginStoreDeps {
  readonly database: Database;
  readonly schema: Schema;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Longest wait until a failed write is tried again, milliseconds. */
const RETRY_MS = 1000;

/**
 * The records of the plugins that this replica knows. A registration is durable before it is answered, and seen from
 * then on. The plugins of rat.yaml alone are seen at once, also while the database is away: the file keeps them.
 */
export class PluginStore implements Disposable {
  readonly #deps: PluginStoreDeps;
  readonly #rows: PluginRows;
  readonly #records = new Map<string, Plugin>();
  /** Records of rat.yaml that the database does not have yet. */
  readonly #unsaved = new Map<string, Plugin>();
  readonly #stop = new AbortController();
  #configured = false;
  #loading: Promise<void> | undefined;
  /** Writes go one after the other, so that the newest of a record is written last. */
  #turn: Promise<void> = Promise.resolve();

  constructor(deps: PluginStoreDeps) {
    this.#deps = deps;
    this.#rows = new PluginRows(deps.database);
  }

  /** All plugins, removed ones too, by name. */
  list(): readonly Plugin[] {
    return [...this.#records.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): Plugin | undefined {
    return this.#records.get(name);
  }

  /**
   * Takes over the plugins of one source: those that it names no more are marked as removed, those of other sources
   * are not touched. Resolves when that is stored. rat.yaml waits out an outage and gets every name that it has.
   *
   * @throws RatError conflict when another source has a plugin of that name, database_unavailable; neither for rat.yaml.
   */
  async register(source: PluginSource, plugins: readonly PluginRegistration[]): Promise<void> {
    if (source === "config") {
      this.#configured = true;
      for (const record of this.#difference(source, plugins)) this.#keep(record);
      await this.saved();
      return;
    }
    await this.#inTurn(async () => {
      await this.#load();
      const changed = this.#difference(source, plugins);
      await this.#rows.write(changed);
      for (const record of changed) this.#records.set(record.name, record);
    });
  }

  /** Resolves when the plugins of rat.yaml are stored, however long the database is away. */
  async saved(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#inTurn(() => this.#save());
        return;
      } catch (error) {
        if (!isOutage(error))
          this.#deps.logger.error({ err: error }, "plugins could not be stored; trying again");
        await this.#untilWorthTrying();
      }
    }
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #save(): Promise<void> {
    await this.#load();
    const records = [...this.#unsaved.values()];
    try {
      await this.#rows.write(records);
    } catch (error) {
      if (error instanceof RatError) throw error;
      await this.#saveSingly(records);
    }
    for (const record of records) {
      if (this.#unsaved.get(record.name) === record) this.#unsaved.delete(record.name);
    }
  }

  /** One row that the database rejects must not hold up the others. */
  async #saveSingly(records: readonly Plugin[]): Promise<void> {
    for (const record of records) {
      try {
        await this.#rows.write([record]);
      } catch (error) {
        if (error instanceof RatError) throw error;
        this.#deps.logger.error(
          { err: error, plugin: record.name },
          "the database rejects a plugin; it is left out",
        );
      }
    }
  }

  /** Reads once what earlier processes and other replicas have stored. */
  async #load(): Promise<void> {
    this.#loading ??= this.#merge().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    await this.#loading;
  }

  async #merge(): Promise<void> {
    await this.#deps.schema.ready();
    for (const old of await this.#rows.load()) {
      const record = this.#records.get(old.name);
      if (record !== undefined) {
        const registeredAt = old.registeredAt < record.registeredAt ? old.registeredAt : record.registeredAt;
        this.#keep({ ...record, registeredAt });
        continue;
      }
      this.#records.set(old.name, old);
      // Before rat.yaml was taken over nobody knows what left it.
      if (this.#configured && old.source === "config" && old.removedAt === null)
        this.#keep(this.#removed(old));
    }
  }

  /** The records that change when a source names exactly these plugins. */
  #difference(source: PluginSource, plugins: readonly PluginRegistration[]): readonly Plugin[] {
    const now = new Date(this.#deps.clock.now());
    const named = new Set(plugins.map(({ name }) => name));
    const changed = plugins.flatMap(({ name, slot, image, address }) => {
      const known = this.#records.get(name);
      const taken = known !== undefined && known.source !== source && known.removedAt === null;
      // What rat.yaml names runs already: the operator's file has the last word on its names.
      if (taken && source !== "config") {
        throw new RatError("conflict", `The plugin ${name} is there already, from ${known.source}.`);
      }
      const registeredAt = known?.registeredAt ?? now;
      const record = { name, slot, image, address, source, registeredAt, updatedAt: now, removedAt: null };
      return known !== undefined && same(known, record) ? [] : [record];
    });
    const gone = [...this.#records.values()].filter(
      (record) => record.source === source && record.removedAt === null && !named.has(record.name),
    );
    return [...changed, ...gone.map((record) => this.#removed(record))];
  }

  #removed(record: Plugin): Plugin {
    const now = new Date(this.#deps.clock.now());
    return { ...record, removedAt: now, updatedAt: now };
  }

  #keep(record: Plugin): void {
    this.#records.set(record.name, record);
    this.#unsaved.set(record.name, record);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #untilWorthTrying(): Promise<void> {
    const { database, clock } = this.#deps;
    const { promise, resolve } = Promise.withResolvers<void>();
    const ignore = database.onChange(({ state }) => {
      if (state === "healthy") resolve();
    });
    const cancel = clock.after(RETRY_MS, resolve);
    this.#stop.signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    ignore();
    cancel();
  }
}

function same(a: Plugin, b: Plugin): boolean {
  return (
    a.source === b.source &&
    a.slot === b.slot &&
    a.image === b.image &&
    a.address === b.address &&
    a.removedAt === b.removedAt
  );
}

function isOutage(error: unknown): boolean {
  return error instanceof RatError && error.code === "database_unavailable";
}
