import { Pool, type ClientBase, type QueryResultRow } from "pg";
import { wordDatabaseError } from "./database-error.ts";
import { EnduringClient } from "./enduring-client.ts";

/** How to reach the database of the sharing plugin. */
export interface GrantDatabaseOptions {
  readonly url: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

// The server ends a slow statement first; this is for a server that does not answer at all.
const ANSWER_GRACE_MS = 500;
const CLOSE_PATIENCE_MS = 1000;

/** Reads from the database of the sharing plugin; survives the loss of each of its connections. */
export class GrantDatabase implements AsyncDisposable {
  readonly #pool: Pool;

  constructor({ url, maxConnections, connectTimeoutMs, statementTimeoutMs }: GrantDatabaseOptions) {
    this.#pool = new Pool({
      connectionString: url,
      application_name: "rat enforcement-plugin",
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

  /** Runs one statement. @throws PluginError `unavailable` when the database is away. */
  async query<Row extends QueryResultRow>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      return (await this.#pool.query<Row>(text, [...values])).rows;
    } catch (error) {
      throw wordDatabaseError(error);
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
