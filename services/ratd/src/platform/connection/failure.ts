import { Code, ConnectError } from "@connectrpc/connect";

/** What a failed call says about the plugin. */
export type FailureKind =
  /** No connection: refused, no route, or no such name. Definitive, and nothing was sent. */
  | "refused"
  /** The connection closed under the call. */
  | "closed"
  /** No answer, or no connection, in time. */
  | "timeout"
  /** The plugin's own refusal of this call: its fault or the caller's, not one of the transport. */
  | "answer"
  /** An answer that no working plugin gives: garbage, wrong content type, an internal error. */
  | "broken"
  /** Our side gave up. */
  | "canceled";

/** A failed call in terms of ratd. */
export interface Failure {
  readonly kind: FailureKind;
  readonly code: Code;
  /** One line for people; control characters removed, bounded. */
  readonly message: string;
}

const NO_CONNECTION = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "EHOSTDOWN",
  "ENETDOWN",
]);
const CLOSED = new Set([
  "ECONNRESET",
  "EPIPE",
  "ECONNABORTED",
  "ERR_STREAM_DESTROYED",
  "ERR_HTTP2_STREAM_CANCEL",
  "UND_ERR_SOCKET",
  "UND_ERR_DESTROYED",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
]);

/** Codes with which a working plugin answers a call that it will not serve. */
const ANSWERS: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.PermissionDenied,
  Code.ResourceExhausted,
  Code.FailedPrecondition,
  Code.Aborted,
  Code.OutOfRange,
  Code.Unimplemented,
  Code.Unauthenticated,
]);

/** Reads the error of a call. Any value may be thrown; everything unknown is `broken`. */
export function classifyFailure(reason: unknown): Failure {
  const error = ConnectError.from(reason);
  const message = printable(error.rawMessage);
  const codes = systemCodes(reason);
  const failure = (kind: FailureKind): Failure => ({ kind, code: error.code, message });
  if (codes.some((code) => NO_CONNECTION.has(code))) return failure("refused");
  if (codes.includes("ETIMEDOUT") || codes.includes("EAI_AGAIN")) return failure("timeout");
  if (codes.some((code) => CLOSED.has(code))) return failure("closed");
  if (error.code === Code.DeadlineExceeded) return failure("timeout");
  if (error.code === Code.Canceled) return failure("canceled");
  // A message over the limit, or bytes that are no HTTP, reach us as codes that plugins use too.
  if (codes.length > 0) return failure("broken");
  if (error.code === Code.ResourceExhausted && /larger than|is larger|readMaxBytes/.test(message))
    return failure("broken");
  return failure(ANSWERS.has(error.code) ? "answer" : "broken");
}

/** The `code` properties along the chain of causes. */
function systemCodes(reason: unknown): string[] {
  const codes: string[] = [];
  const seen = new Set<unknown>();
  for (let error = reason; error instanceof Error && !seen.has(error); error = error.cause) {
    seen.add(error);
    if ("code" in error && typeof error.code === "string") codes.push(error.code);
    if (error instanceof AggregateError) codes.push(...error.errors.flatMap(systemCodes));
  }
  return codes;
}

const MAX_MESSAGE_CHARS = 8192;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Text from a plugin as it may be stored and shown: no control characters, at most 8 KiB. */
export function printable(text: string): string {
  const clean = (CONTROL.test(text) ? text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ") : text).trim();
  return clean.length > MAX_MESSAGE_CHARS ? `${clean.slice(0, MAX_MESSAGE_CHARS - 1)}…` : clean;
}
