import { setTimeout as delay } from "node:timers/promises";
import { Database } from "@rat/plugin-postgres";
import { PluginError, type LifecycleContext } from "@rat/plugin-sdk";
import type { SharingConfig } from "./config.ts";
import { GrantStore } from "./grant-store.ts";
import { migrate } from "./migrate.ts";
import { OwnerStore } from "./owner-store.ts";

/** Time between two looks at the database, milliseconds. */
const LOOK_MS = 1000;
/** Time between two clearings of the history, in looks: an hour. */
const CLEAN_EVERY = 3600;
/** Batches of one clearing: what is left waits for the next. */
const CLEAN_ROUNDS = 100;

/**
 * What belongs to one database: its stores, its tables brought up to date as soon as it is there, and its watch, which
 * tells the plugin's health.
 */
export class Station implements AsyncDisposable {
  readonly config: SharingConfig;
  readonly #database: Database;
  readonly #grants: GrantStore;
  readonly #owners: OwnerStore;
  readonly #ctx: LifecycleContext<SharingConfig>;
  readonly #closed = new AbortController();
  #migrated = false;
  /** Why the database does not serve; undefined while it does. */
  #trouble: string | undefined;

  constructor(ctx: LifecycleContext<SharingConfig>) {
    const { config } = ctx;
    this.config = config;
    this.#ctx = ctx;
    this.#database = new Database({
      url: config.database_url,
      name: "rat sharing-plugin",
      maxConnections: config.pool_size,
      connectTimeoutMs: config.connect_timeout_ms,
      statementTimeoutMs: config.statement_timeout_ms,
    });
    this.#grants = new GrantStore(this.#database, config.schema);
    this.#owners = new OwnerStore(this.#database, config.schema);
  }

  /** Looks at the database once, so that the first call finds the tables, and goes on watching it. */
  async open(): Promise<void> {
    await this.#look();
    void this.#watch();
  }

  /** The stores. @throws PluginError `unavailable` before the tables are there. */
  stores(): { readonly grants: GrantStore; readonly owners: OwnerStore } {
    if (!this.#migrated) throw new PluginError("unavailable", this.#trouble ?? "the database is not ready");
    return { grants: this.#grants, owners: this.#owners };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await this.#database[Symbol.asyncDispose]();
  }

  async #watch(): Promise<void> {
    for (let looks = 0; !this.#closed.signal.aborted; looks++) {
      if (looks % CLEAN_EVERY === 0) await this.#clean();
      await delay(LOOK_MS, undefined, { signal: this.#closed.signal, ref: false }).catch(() => undefined);
      if (!this.#closed.signal.aborted) await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { log, health } = this.#ctx;
    try {
      if (this.#migrated) await this.#database.query("SELECT 1");
      else {
        const applied = await migrate(this.#database, this.config.schema);
        this.#migrated = true;
        log.info({ schema: this.config.schema, applied }, "the tables are up to date");
      }
      if (this.#trouble !== undefined) log.info("the database is back");
      this.#trouble = undefined;
      if (!this.#closed.signal.aborted) health.healthy();
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      const trouble = error instanceof Error ? error.message : String(error);
      if (this.#trouble === undefined) log.error({ err: error }, "the database is away");
      this.#trouble = trouble;
      health.down(trouble);
    }
  }

  async #clean(): Promise<void> {
    try {
      for (let round = 0; round < CLEAN_ROUNDS; round++) {
        if (this.#closed.signal.aborted || !this.#migrated) return;
        if (!(await this.#grants.clean(this.config.history_days))) return;
      }
    } catch (error) {
      this.#ctx.log.warn({ err: error }, "ended grants were not cleared; next try in an hour");
    }
  }
}
