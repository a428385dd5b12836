/** Something that answers SQL: the database, or one transaction in it. */
export interface Queryable {
  /**
   * Runs one statement; values go in as $1, $2, … and never into the text.
   *
   * @throws RatError database_unavailable within about six seconds when the database cannot be reached or does not
   *   answer, disk_full; what the statement itself did wrong comes as the driver's DatabaseError
   */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** Whether the database answers. */
export interface DatabaseStatus {
  readonly state: "healthy" | "down";
  /** Why, for people. */
  readonly message: string;
  /** Wall clock, milliseconds since 1970. */
  readonly since: number;
}

/** A PostgreSQL database through a pool of connections that comes back by itself after an outage. */
export interface Database extends Queryable, AsyncDisposable {
  /**
   * Runs `work` in one transaction: commits when it resolves, rolls back when it rejects. When the connection is lost
   * during the commit the error does not tell whether it happened: make `work` safe to repeat.
   */
  transaction<Result>(
    work: (transaction: Queryable) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
  status(): DatabaseStatus;
  /** Calls `listener` at each change of state until the returned function is called. */
  onChange(listener: (status: DatabaseStatus) => void): () => void;
  /** Fails whatever waits for an answer, now and from here on: ratd stops, and has waited long enough. */
  interrupt(): void;
}

/** Options of one transaction. */
export interface TransactionOptions {
  /** Limit for each of its statements, in place of the usual five seconds. */
  readonly statementTimeoutMs?: number;
}
