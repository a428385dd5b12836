import { timestampDate, type Timestamp } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { RatError, type ErrorCode } from "../errors.ts";
import { classifyFailure, type FailureKind } from "../platform/connection/failure.ts";
import type { CallContext, RemotePlugin } from "./slot.ts";

/** Options of one call to a plugin: deadline by the transport, trace context, where there is one, and request id as headers. */
export function callOptions({ requestId, traceparent, signal }: CallContext): {
  headers: Record<string, string>;
  signal: AbortSignal;
} {
  const headers: Record<string, string> = { "x-request-id": requestId };
  if (traceparent !== "") headers["traceparent"] = traceparent;
  return { headers, signal };
}

/** As `callOptions`, for calls that change something: a repeated call is recognisable. */
export function changeOptions(context: CallContext): ReturnType<typeof callOptions> {
  const { headers, signal } = callOptions(context);
  return { headers: { ...headers, "idempotency-key": context.requestId }, signal };
}

/** How a plugin's own refusals reach ratd's callers. */
const ANSWER_CODES: Partial<Record<Code, ErrorCode>> = {
  [Code.InvalidArgument]: "bad_request",
  [Code.OutOfRange]: "bad_request",
  [Code.NotFound]: "not_found",
  [Code.PermissionDenied]: "permission_denied",
  [Code.AlreadyExists]: "conflict",
  [Code.FailedPrecondition]: "conflict",
  [Code.Aborted]: "conflict",
  [Code.Unimplemented]: "not_available",
  [Code.ResourceExhausted]: "plugin_unavailable",
};

/** Seconds after which to try again what a plugin could not be asked. */
const RETRY_SECONDS = 1;

/** Turns the error of a call into ours. The detail names slot and plugin. */
export function remoteError({ slot, name }: RemotePlugin, method: string, reason: unknown): RatError {
  if (reason instanceof RatError) return reason;
  const { kind, code, message } = classifyFailure(reason);
  const who = `The ${slot} plugin ${name}`;
  const facts = { cause: reason };
  const later = { ...facts, retryAfterSeconds: RETRY_SECONDS };
  switch (kind) {
    case "refused":
    case "closed":
      return new RatError("plugin_unavailable", `${who} could not be reached for ${method}.`, later);
    case "timeout":
      return new RatError("plugin_timeout", `${who} did not answer ${method} in time.`, facts);
    case "canceled":
      return new RatError("plugin_unavailable", `${method} of ${who} was given up.`, later);
    case "overloaded":
      return new RatError("plugin_unavailable", `${who} was not asked for ${method}: ${message}.`, later);
    case "oversized":
      return new RatError(
        "bad_request",
        `The request is too large for ${method} of ${who}: ${message}.`,
        facts,
      );
    case "broken":
      return new RatError("plugin_error", `${who} failed at ${method}.`, facts);
    case "malformed":
      return new RatError("plugin_malformed", `${who} gave no valid answer to ${method}: ${message}.`, facts);
    case "answer": {
      const mapped = ANSWER_CODES[code] ?? "plugin_error";
      return new RatError(
        mapped,
        `${who} refused ${method}: ${message}`,
        mapped === "plugin_unavailable" ? later : facts,
      );
    }
  }
}

/** Whether the plugin does not serve the method, which is a normal answer for optional ones. */
export function isUnimplemented(reason: unknown): boolean {
  if (reason instanceof RatError) return false;
  const { kind, code } = classifyFailure(reason);
  return kind === "answer" && code === Code.Unimplemented;
}

/**
 * The error for a plugin that could not be asked who is calling; undefined for one that answered, whatever it said. A
 * plugin that drains, or a proxy before one that is gone, says `unavailable`.
 */
export function notAsked({ name }: RemotePlugin, reason: unknown): RatError | undefined {
  const { kind, code } = classifyFailure(reason);
  const why = NOT_ASKED[kind] ?? (code === Code.Unavailable ? "it is not available" : undefined);
  if (why === undefined) return undefined;
  return new RatError("auth_unavailable", `The auth plugin ${name} could not check the token: ${why}.`, {
    cause: reason,
    retryAfterSeconds: RETRY_SECONDS,
  });
}

const NOT_ASKED: Partial<Record<FailureKind, string>> = {
  refused: "it cannot be reached",
  closed: "the connection closed",
  timeout: "it did not answer in time",
  canceled: "the call was given up",
  overloaded: "too many calls are under way",
};

/** The error for an answer that breaks the contract. */
export function malformed({ slot, name }: RemotePlugin, method: string, what: string): RatError {
  return new RatError("plugin_malformed", `The ${slot} plugin ${name} answered ${method} with ${what}.`);
}

/** A time of the wire; undefined when there is none, or none that a Date can hold. */
export function dateFromWire(timestamp: Timestamp | undefined): Date | undefined {
  if (timestamp === undefined) return undefined;
  const date = timestampDate(timestamp);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
