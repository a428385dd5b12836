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
  /** The plugin's own word that it failed: an internal error, or that it is not available. */
  | "broken"
  /** No answer of the protocol: garbage, another content type, cut short, without its trailers, too large. */
  | "malformed"
  /** Nothing was sent: the message is larger than plugins read. */
  | "oversized"
  /** Nothing was sent: too many calls to the plugin are under way. */
  | "overloaded"
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
  "ERR_HTTP2_STREAM_ERROR",
  "ERR_HTTP2_SESSION_ERROR",
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

/** The error of a call beyond the limit of calls at once. */
export function overloaded(limit: number): ConnectError {
  return new ConnectError(`${OVERLOADED} (limit ${limit})`, Code.ResourceExhausted);
}
const OVERLOADED = "too many calls to this plugin at once";

/** Reads the error of a call. Any value may be thrown; what is no error at all is `broken`. */
export function classifyFailure(reason: unknown): Failure {
  const error = ConnectError.from(reason);
  const { code } = error;
  const message = printable(inWords(error.rawMessage));
  const failure = (kind: FailureKind): Failure => ({ kind, code, message });
  const codes = systemCodes(reason);
  if (codes.some((one) => NO_CONNECTION.has(one))) return failure("refused");
  if (codes.includes("ETIMEDOUT") || codes.includes("EAI_AGAIN")) return failure("timeout");
  if (codes.some((one) => CLOSED.has(one))) return failure("closed");
  if (code === Code.DeadlineExceeded) return failure("timeout");
  if (isPluginsWord(error)) return failure(ANSWERS.has(code) ? "answer" : "broken");
  // From here on it is the RPC library's word, in codes that plugins use too.
  if (message.startsWith("http/2 stream closed")) return failure("closed");
  if (code === Code.Canceled) return failure("canceled");
  if (message.startsWith(OVERLOADED)) return failure("overloaded");
  if (message.includes("writeMaxBytes")) return failure("oversized");
  if (codes.some((one) => TLS.test(one)) || !(reason instanceof ConnectError)) return failure("broken");
  return failure("malformed");
}

/** Errors of the handshake: nothing is known of the plugin but that it is not the one that was meant. */
const TLS = /^ERR_(?:SSL|TLS)_|CERT|_SIGNATURE$|_ISSUER_|CRL/;

/** Whether the plugin said so, or the HTTP status of what stands before it, and not the RPC library of what it read. */
function isPluginsWord(error: ConnectError): boolean {
  return error.isWireError || /^HTTP \d{3}$/.test(error.rawMessage);
}

/** The limit in the words of its reader, who knows no option of the RPC library. */
function inWords(message: string): string {
  return message.replace(
    /^message (?:size )?(?:(\d+) )?is larger than configured readMaxBytes (\d+)/,
    (_all, size: string | undefined, limit: string) =>
      `an answer ${size === undefined ? "" : `of ${size} bytes, which is `}over the limit of ${limit} bytes`,
  );
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
