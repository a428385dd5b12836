import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../services/ratd/src/platform/embedded-postgres/embedded-postgres.ts";
import { createLogger } from "../../services/ratd/src/platform/logger.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** URL of the one PostgreSQL of this test run; `createTestDatabase` makes databases in it. */
    postgresUrl: string;
  }
}

/** Starts one embedded PostgreSQL for all integration tests; vitest calls what it returns at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "rat-tests-"));
  await chmod(directory, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDirectory: directory, logger: createLogger("fatal") });
  project.provide("postgresUrl", postgres.connectionString);
  return async () => {
    await postgres[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  };
}
