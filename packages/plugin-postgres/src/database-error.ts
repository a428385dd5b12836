import { PluginError } from "@rat/plugin-sdk";
import { DatabaseError } from "pg";

// SQLSTATE codes that mean "not now" or "not set up" rather than "wrong statement".
const UNAVAILABLE = new Set([
  "25006", // read_only_sql_transaction: a standby
  "28000", // invalid_authorization_specification
  "28P01", // invalid_password
  "3D000", // invalid_catalog_name
  "3F000", // invalid_schema_name
  "42501", // insufficient_privilege
  "42P01", // undefined_table
  "53100", // disk_full
  "53300", // too_many_connections
  "55P03", // lock_not_available
  "57014", // query_canceled: the statement's time was over
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "57P05", // idle_session_timeout
]);

/**
 * The error that a caller gets for a failure of the database: `unavailable` with the reason when the database is
 * away, refuses or is not set up; any other error as it is, which is a mistake of ours.
 */
export function wordDatabaseError(error: unknown): unknown {
  if (error instanceof PluginError || !(error instanceof Error) || error instanceof TypeError) return error;
  if (error instanceof DatabaseError) {
    const code = error.code ?? "";
    if (!UNAVAILABLE.has(code) && !code.startsWith("08")) return error;
    return unavailable(`the database refuses: ${error.message}`, error);
  }
  // What has no SQLSTATE comes from the network or from the driver.
  return unavailable(`the database cannot be reached: ${explain(error)}`, error);
}

function unavailable(message: string, cause: unknown): PluginError {
  return new PluginError("unavailable", message, { cause });
}

/** The words of a network error; Node.js leaves those of a failed dial to several addresses empty. */
function explain(error: Error): string {
  if (error instanceof AggregateError) {
    return error.errors.map((inner) => (inner instanceof Error ? inner.message : String(inner))).join("; ");
  }
  return error.message || error.name;
}
