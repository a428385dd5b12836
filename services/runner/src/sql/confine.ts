import type { DuckDBConnection } from "@duckdb/node-api";
import type { SqlJob } from "@rat/executor-kit/sql-job";
import { quoted } from "./quoted.ts";

/**
 * Closes the engine around a job: files of the namespace and the job's temporary folder only, no extensions, memory
 * and threads capped, and none of it can be changed back. The engine itself resolves `..` and symbolic links before
 * it compares.
 */
export async function confine(connection: DuckDBConnection, job: SqlJob): Promise<void> {
  const settings = [
    // Before the lock; the same on every machine, whatever its own.
    ["TimeZone", quoted(job.timeZone)],
    ["threads", String(Math.max(1, job.threads))],
    ["memory_limit", quoted(`${job.memoryMb}MiB`)],
    ["temp_directory", quoted(job.tempFolder)],
    ["max_temp_directory_size", quoted(`${job.tempMb}MiB`)],
    ["file_search_path", quoted(job.namespaceFolder)],
    ["home_directory", quoted(job.tempFolder)],
    ["autoinstall_known_extensions", "false"],
    ["autoload_known_extensions", "false"],
    ["allow_community_extensions", "false"],
    ["allow_unsigned_extensions", "false"],
    ["allow_persistent_secrets", "false"],
    ["enable_progress_bar", "false"],
    ["allowed_directories", `[${quoted(job.namespaceFolder)}, ${quoted(job.tempFolder)}]`],
    ["enable_external_access", "false"],
    // The last: nothing changes after it.
    ["lock_configuration", "true"],
  ] as const;
  for (const [name, value] of settings) await connection.run(`SET ${name} = ${value}`);
}
