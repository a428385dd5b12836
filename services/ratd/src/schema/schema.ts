import { fileURLToPath } from "node:url";
import { RatError } from "../errors.ts";
import type { Database } from "../platform/database/database.ts";
import { migrate } from "../platform/database/migrate.ts";
import type { Logger } from "../platform/logger.ts";

const MIGRATIONS = fileURLToPath(new URL("migrations", import.meta.url));

/** The tables of ratd: made or brought up to date by whoever needs them first. */
export class Schema {
  readonly #database: Database;
  readonly #logger: Logger;
  #ready: Promise<void> | undefined;
  #present = false;

  constructor(deps: { readonly database: Database; readonly logger: Logger }) {
    this.#database = deps.database;
    this.#logger = deps.logger;
  }

  /** Whether the tables are known to be there. */
  get present(): boolean {
    return this.#present;
  }

  /**
   * Resolves when the tables are there. A failure is told to those who wait; the next caller tries again.
   *
   * @throws RatError as `migrate` does
   */
  ready(): Promise<void> {
    this.#ready ??= this.#migrate().catch((error: unknown) => {
      this.#ready = undefined;
      throw RatError.from(error);
    });
    return this.#ready;
  }

  async #migrate(): Promise<void> {
    const { applied, newer } = await migrate(this.#database, MIGRATIONS);
    if (applied.length > 0) this.#logger.info({ applied }, "The database schema is up to date.");
    if (newer.length > 0)
      this.#logger.warn({ newer }, "The database schema is of a newer ratd; carrying on.");
    this.#present = true;
  }
}
