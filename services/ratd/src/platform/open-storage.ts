import type { Clock } from "./clock.ts";
import { openDataDirectory } from "./data-directory/data-directory.ts";
import type { Database } from "./database/database.ts";
import { openDatabase, type DatabaseConnection } from "./database/open-database.ts";
import { startEmbeddedPostgres } from "./embedded-postgres/embedded-postgres.ts";
import type { Logger } from "./logger.ts";

/** What storage needs. */
export interface StorageDeps {
  readonly dataDirectory: string;
  /** The operator's PostgreSQL; undefined for an embedded one. */
  readonly databaseUrl: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gives up the start. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where ratd keeps things. Closing it stops the embedded PostgreSQL, and unlocks the data directory at last. */
export interface Storage extends AsyncDisposable {
  /** Absolute, and locked for this ratd. */
  readonly dataDirectory: string;
  readonly connection: DatabaseConnection;
  readonly database: Database;
  /** How to reach the embedded PostgreSQL; undefined with one of the operator's. */
  readonly embeddedDatabase: string | undefined;
}

/**
 * Opens the data directory and the database. One of the operator's that is away does not fail the start.
 *
 * @throws RatError that says what is in the way
 */
export async function openStorage(deps: StorageDeps): Promise<Storage> {
  const { clock, logger, signal, env } = deps;
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await openDataDirectory({ path: deps.dataDirectory, clock }));
  signal.throwIfAborted();
  const embedded =
    deps.databaseUrl === undefined
      ? stack.use(await startEmbeddedPostgres({ dataDirectory: path, logger, signal, environment: env }))
      : undefined;
  const embeddedDatabase = embedded?.connectionString;
  if (embedded !== undefined) {
    if (embedded.notice !== undefined) logger.info({ cluster: embedded.cluster }, embedded.notice);
    logger.info({ database: embeddedDatabase }, "embedded PostgreSQL runs");
  }
  const connection = embedded?.connection ?? deps.databaseUrl ?? "";
  const database = stack.use(openDatabase({ connection, logger, clock }));
  const parts = stack.move();
  return {
    dataDirectory: path,
    connection,
    database,
    embeddedDatabase,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
