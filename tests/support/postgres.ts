import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";

/** An empty database for one test or one test file; disposing drops it, connections and all. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly connectionString: string;
  /** The server's unix socket, for a proxy before it. */
  readonly socketPath: string;
}

/** Makes a database of its own in the PostgreSQL of the test run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject("postgresUrl");
  const name = `test_${randomBytes(8).toString("hex")}`;
  await run(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = name;
  return {
    name,
    connectionString: url.href,
    socketPath: `${url.searchParams.get("host")}/.s.PGSQL.5432`,
    [Symbol.asyncDispose]: () => run(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function run(connectionString: string, statement: string): Promise<void> {
  const client = new Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
