// Run with a data directory as its argument: starts PostgreSQL there, tells the parent process about it, and keeps it.
import { startEmbeddedPostgres } from "../../services/ratd/src/platform/embedded-postgres/embedded-postgres.ts";
import { silentLogger } from "../../services/ratd/src/platform/logger.ts";

const dataDirectory = process.argv[2];
if (dataDirectory === undefined) throw new Error("Name a directory.");
process.on("message", () => undefined);
const postgres = await startEmbeddedPostgres({ dataDirectory, logger: silentLogger });
process.send?.({ pid: postgres.pid, connectionString: postgres.connectionString });
