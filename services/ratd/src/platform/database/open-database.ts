import { setTimeout } from "node:timers/promises";
import { Pool, type ClientConfig, type PoolClient } from "pg";
import { RatError } from "../../errors.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import { BorrowedConnection } from "./borrowed-connection.ts";
import { DatabaseClient } from "./database-client.ts";
import { classifyDatabaseError } from "./database-error.ts";
import { DatabaseMonitor } from "./database-monitor.ts";
import type { Database, DatabaseStatus, Queryable, TransactionOptions } from "./database.ts";

const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 5_000;
// The server ends a slow statement first; this is for a server that does not answer at all.
const ANSWER_GRACE_MS = 500;
// Shorter than for real work: an idle database answers at once, or there is something to tell.
const PING_TIMEOUT_MS = 3_000;
const CLOSE_PATIENCE_MS = 1_000;

/** The connection, as a URL or as the driver's fields. */
export type DatabaseConnection = string | ClientConfig;

/**
 * Opens a database. Returns at once, whether the database is there or not: `status` tells.
 */
export function openDatabase(deps: {
  readonly connection: DatabaseConnection;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Default 10. */
  readonly maxConnections?: number;
}): Database {
  return new PooledDatabase(deps);
}

class PooledDatabase implements Database {
  readonly #pool: Pool;
  readonly #monitor: DatabaseMonitor;
  readonly #clients = new Set<DatabaseClient>();
  /** Connections that have their settings. */
  readonly #prepared = new WeakSet<PoolClient>();
  #interrupted = false;

  constructor(deps: Parameters<typeof openDatabase>[0]) {
    const clients = this.#clients;
    const config: ClientConfig =
      typeof deps.connection === "string" ? { connectionString: deps.connection } : deps.connection;
    this.#pool = new Pool({
      application_name: "ratd",
      ...config,
      max: deps.maxConnections ?? MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      query_timeout: STATEMENT_TIMEOUT_MS + ANSWER_GRACE_MS,
      Client: class extends DatabaseClient {
        constructor(options?: ClientConfig) {
          super(options);
          clients.add(this);
          this.once("end", () => clients.delete(this));
        }
      },
    });
    this.#monitor = new DatabaseMonitor({ clock: deps.clock, logger: deps.logger, ping: () => this.#ping() });
    // Idle connections die with the server. Without a listener that would end the process.
    this.#pool.on("error", () => this.#monitor.suspect());
    this.#monitor.start();
  }

  query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const started = performance.now();
    return this.#withConnection((connection) => {
      const left = STATEMENT_TIMEOUT_MS + ANSWER_GRACE_MS - (performance.now() - started);
      return connection.run<Row>(text, values, Math.max(1, Math.round(left)));
    });
  }

  transaction<Result>(
    work: (transaction: Queryable) => Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    const limit = Math.round(options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS);
    return this.#withConnection(async (connection) => {
      const query = <Row extends object>(text: string, values: readonly unknown[] = []) =>
        connection.run<Row>(text, values, limit + ANSWER_GRACE_MS);
      await query("BEGIN");
      try {
        if (limit !== STATEMENT_TIMEOUT_MS) await query(`SET LOCAL statement_timeout = ${limit}`);
        const result = await work({ query });
        await query("COMMIT");
        return result;
      } catch (error) {
        // Its own failure marks the connection as lost; the first error is the one to tell.
        if (!connection.lost) await query("ROLLBACK").catch(() => undefined);
        throw error;
      }
    });
  }

  status(): DatabaseStatus {
    return this.#monitor.status();
  }

  onChange(listener: (status: DatabaseStatus) => void): () => void {
    return this.#monitor.onChange(listener);
  }

  interrupt(): void {
    this.#interrupted = true;
    for (const client of this.#clients) client.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#pool.ending) return;
    this.#monitor.stop();
    if (this.status().state === "down") this.interrupt();
    const ended = this.#pool.end();
    const given = new AbortController();
    await Promise.race([ended, setTimeout(CLOSE_PATIENCE_MS, undefined, { signal: given.signal })]);
    given.abort();
    for (const client of this.#clients) client.destroy();
    await ended;
  }

  async #withConnection<Result>(work: (connection: BorrowedConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.#borrow();
    try {
      const result = await work(connection);
      this.#monitor.succeeded();
      return result;
    } catch (error) {
      if (connection.lost) this.#monitor.failed(messageOf(error));
      throw error;
    } finally {
      connection.giveBack();
    }
  }

  async #borrow(): Promise<BorrowedConnection> {
    if (this.#interrupted)
      throw new RatError("database_unavailable", "ratd stops.", { retryAfterSeconds: 1 });
    let connection: BorrowedConnection | undefined;
    try {
      const client = await this.#pool.connect();
      connection = new BorrowedConnection(client);
      if (!this.#prepared.has(client)) {
        // Not as a startup parameter: pgbouncer refuses connections that bring ones it does not know.
        await connection.run(`SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`, [], CONNECT_TIMEOUT_MS);
        this.#prepared.add(client);
      }
      return connection;
    } catch (error) {
      connection?.giveBack();
      const failure = classifyDatabaseError(error);
      if (failure.connectionLost || connection?.lost === true) this.#monitor.failed(messageOf(failure.error));
      throw failure.error;
    }
  }

  async #ping(): Promise<void> {
    // With every connection in use there is no need for more traffic: those queries tell how it is.
    if (this.#pool.idleCount === 0 && this.#pool.totalCount >= this.#pool.options.max) return;
    await this.#withConnection((connection) => connection.run("SELECT 1", [], PING_TIMEOUT_MS));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
