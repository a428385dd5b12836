import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../../services/ratd/src/platform/embedded-postgres/embedded-postgres.ts";
import { silentLogger } from "../../../services/ratd/src/platform/logger.ts";
import { movePlace } from "./helper.ts";

/** The PostgreSQL that stands for the operator's: started when first asked for, ended with the run. */
export class Database implements AsyncDisposable {
  readonly #parts = new AsyncDisposableStack();
  #url: Promise<string> | undefined;

  /** Its URL, as DATABASE_URL takes it. */
  url(): Promise<string> {
    this.#url ??= this.#start();
    return this.#url;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }

  async #start(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), "rat-bench-"));
    this.#parts.defer(() => rm(directory, { recursive: true, force: true }));
    // As root, PostgreSQL runs under another account, which must be able to enter.
    await chmod(directory, 0o755);
    const postgres = await startEmbeddedPostgres({ dataDirectory: directory, logger: silentLogger });
    this.#parts.use(postgres);
    if (postgres.pid !== undefined) movePlace(postgres.pid, "beside");
    return postgres.connectionString;
  }
}
