import type { PoolClient, QueryConfig } from "pg";
import { DatabaseClient } from "./database-client.ts";
import { classifyDatabaseError } from "./database-error.ts";

/** A query with its own limit; the driver takes it, its types do not know. */
interface LimitedQuery extends QueryConfig {
  readonly query_timeout: number;
}

/** A connection of the pool while it is lent out. */
export class BorrowedConnection {
  readonly #client: PoolClient;
  #lost = false;

  constructor(client: PoolClient) {
    this.#client = client;
    // Without a listener the loss of a connection would end the process; the query that runs on it reports it.
    client.on("error", this.#onError);
  }

  /** Whether a query found that the connection is of no more use. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Runs one statement and waits at most `timeoutMs` for its answer. */
  async run<Row extends object>(
    text: string,
    values: readonly unknown[],
    timeoutMs: number,
  ): Promise<readonly Row[]> {
    const query: LimitedQuery = { text, values: [...values], query_timeout: timeoutMs };
    try {
      const { rows } = await this.#client.query<Row>(query);
      return rows;
    } catch (error) {
      const failure = classifyDatabaseError(error);
      this.#lost ||= failure.connectionLost;
      throw failure.error;
    }
  }

  /** Returns it to the pool, or closes it at once when it is lost. */
  giveBack(): void {
    this.#client.off("error", this.#onError);
    this.#client.release(this.#lost);
    if (this.#lost && this.#client instanceof DatabaseClient) this.#client.destroy();
  }

  readonly #onError = (): void => {
    this.#lost = true;
  };
}
