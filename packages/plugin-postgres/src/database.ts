import { Pool, type ClientBase } from "pg";
import { wordDatabaseError } from "./database-error.ts";
import { EnduringClient } from "./enduring-client.ts";

/** How to reach the database. */
export interface DatabaseOptions {
  readonly url: string;
  /** What the connections are called in pg_stat_activity. */
  readonly name: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** Runs statements. Errors are worded by {@link wordDatabaseError}. */
export interface Queryable {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

// The server ends a slow statement first; this is for a server that does not answer at all.
const ANSWER_GRACE_MS = 500;
const CLOSE_PATIENCE_MS = 1000;

/** A pool of connections that survives the loss of each of them. Opens whether the database is there or not. */
export class Database implements Queryable, AsyncDisposable {
  readonly #pool: Pool;

  constructor(options: DatabaseOptions) {
    const { url, name, maxConnections, connectTimeoutMs, statementTimeoutMs } = options;
    this.#pool = new Pool({
      connectionString: url,
      application_name: name,
      max: maxConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      Client: EnduringClient,
      onConnect: limitStatements(statementTimeoutMs),
    });
    // Idle connections die with the server. Without a listener that would end the process.
    this.#pool.on("error", () => undefined);
  }

  /** Runs one statement, a transaction of its own. */
  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    try {
      return (await this.#pool.query<Row>(text, [...values])).rows;
    } catch (error) {
      throw wordDatabaseError(error);
    }
  }

  /** Runs work in one transaction, undone when it throws. */
  async transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw wordDatabaseError(error);
    });
    let failure: Error | undefined;
    try {
      await client.query("BEGIN");
      const result = await work({
        query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
          (await client.query<Row>(text, [...values])).rows,
      });
      await client.query("COMMIT");
      return result;
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      throw wordDatabaseError(error);
    } finally {
      // A connection whose transaction failed is closed, which undoes it whatever its state.
      client.release(failure);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, CLOSE_PATIENCE_MS);
    await Promise.race([this.#pool.end(), late.promise]);
    clearTimeout(timer);
  }
}

/**
 * Sets a new connection's limit, which the pool waits for. Not as a startup parameter: poolers refuse connections that
 * bring ones they do not know.
 */
function limitStatements(timeoutMs: number): (client: ClientBase) => unknown {
  return (client) => client.query("SELECT set_config('statement_timeout', $1, false)", [String(timeoutMs)]);
}
