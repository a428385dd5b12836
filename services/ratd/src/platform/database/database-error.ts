import { DatabaseError } from "pg";
import { RatError, systemCode } from "../../errors.ts";

/** pg-pool's words for: all connections are busy. The database itself may be fine. */
const POOL_EXHAUSTED = "timeout exceeded when trying to connect";
/** pg's words for: no answer within query_timeout. */
const NO_ANSWER = "Query read timeout";

// SQLSTATE classes and codes that mean "not now" rather than "wrong statement".
const UNAVAILABLE = new Set([
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "57P05", // idle_session_timeout
  "25P03", // idle_in_transaction_session_timeout
  "53300", // too_many_connections
  "28000", // invalid_authorization_specification
  "28P01", // invalid_password
  "3D000", // invalid_catalog_name
]);

/** A failure as the rest of ratd sees it. */
export interface DatabaseFailure {
  /** RatError for what is nobody's statement's fault; the driver's error as it is otherwise. */
  readonly error: unknown;
  /** Whether the connection is of no more use. */
  readonly connectionLost: boolean;
}

/** Tells a database that is away from a statement that is wrong. */
export function classifyDatabaseError(error: unknown): DatabaseFailure {
  if (error instanceof RatError) return { error, connectionLost: false };
  if (error instanceof DatabaseError) return classifySqlState(error);
  // What has no SQLSTATE comes from the network or from the driver; a TypeError is a mistake of the caller.
  if (!(error instanceof Error) || error instanceof TypeError) return { error, connectionLost: false };
  if (error.message === POOL_EXHAUSTED) {
    return { error: unavailable("All connections to the database are busy.", error), connectionLost: false };
  }
  if (error.message === NO_ANSWER) {
    return { error: unavailable("The database did not answer in time.", error), connectionLost: true };
  }
  return {
    error: unavailable(`The database cannot be reached: ${explain(error)}.`, error),
    connectionLost: true,
  };
}

function classifySqlState(error: DatabaseError): DatabaseFailure {
  const code = error.code ?? "";
  if (UNAVAILABLE.has(code) || code.startsWith("08")) {
    return { error: unavailable(`The database refuses: ${error.message}.`, error), connectionLost: true };
  }
  if (code === "57014") {
    return {
      error: unavailable("The database took too long for a statement.", error),
      connectionLost: false,
    };
  }
  if (code === "53100") {
    const detail = `The disk of the database is full: ${error.message}.`;
    return { error: new RatError("disk_full", detail, { cause: error }), connectionLost: false };
  }
  return { error, connectionLost: false };
}

function unavailable(detail: string, cause: unknown): RatError {
  return new RatError("database_unavailable", detail, { cause, retryAfterSeconds: 1 });
}

/** The words of a network error; Node.js leaves those of a failed dial to several addresses empty. */
function explain(error: Error): string {
  if (error instanceof AggregateError) {
    return error.errors.map((inner) => (inner instanceof Error ? inner.message : String(inner))).join("; ");
  }
  return error.message === "" ? (systemCode(error) ?? error.name) : error.message;
}
