import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { RatError, type Violation } from "../../errors.ts";

/** The error of a request as `application/problem+json` (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly try: readonly string[];
  readonly request_id: string;
  readonly violations?: readonly Violation[];
  readonly more_violations?: number;
}

/** The document of an error. `instance` is the path of the request, empty where it could not be read. */
export function problemOf(error: RatError, instance: string, requestId: string): Problem {
  const { status, title, remedy } = error.kind;
  return {
    type: `https://rat.dev/errors/${error.code}`,
    title,
    status,
    detail: error.message,
    instance,
    code: error.code,
    try: [remedy],
    request_id: requestId,
    ...(error.violations === undefined ? {} : { violations: error.violations }),
    ...(error.moreViolations === 0 ? {} : { more_violations: error.moreViolations }),
  };
}

/** Sends an error as a problem document with the headers that belong to it. */
export function sendProblem(error: RatError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status } = error.kind;
  const problem = problemOf(error, request.url.split("?", 1)[0] ?? request.url, request.id);
  if (error.retryAfterSeconds !== undefined) reply.header("retry-after", String(error.retryAfterSeconds));
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(status).type("application/problem+json").send(JSON.stringify(problem));
}

/** Fastify's own errors in our terms; anything unknown is `internal`. */
export function fromFastify(error: Error & Partial<FastifyError>): RatError {
  if (error instanceof RatError) return error;
  if (error.validation !== undefined) return invalid(error);
  const facts = { cause: error };
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new RatError("payload_too_large", "The body is larger than this ratd accepts.", facts);
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new RatError("unsupported_media_type", "The body must be JSON.", facts);
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return new RatError("bad_request", "The body is empty; JSON was expected.", facts);
    case "FST_ERR_CTP_INVALID_JSON_BODY":
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return new RatError("bad_request", "The body is not valid JSON.", facts);
    case "FST_ERR_BAD_URL":
      return new RatError(
        "bad_request",
        "The path of the request is no valid path: look at its % signs.",
        facts,
      );
    case "FST_ERR_MAX_PARAM_LENGTH":
      return new RatError("bad_request", "A part of the path is longer than any name.", facts);
    default: {
      const status = error.statusCode ?? 500;
      if (status >= 400 && status < 500)
        return new RatError("bad_request", "The request is malformed.", facts);
      return RatError.from(error);
    }
  }
}

function invalid(error: Partial<FastifyError>): RatError {
  const where = error.validationContext ?? "request";
  const violations = (error.validation ?? []).map(({ instancePath, message, params }): Violation => {
    const missing = params["missingProperty"];
    return {
      pointer: typeof missing === "string" ? `${instancePath}/${missing}` : instancePath,
      message:
        typeof missing === "string"
          ? "is required"
          : `${message ?? "is wrong"}${allowed(params["allowedValues"])}`,
    };
  });
  const first = violations[0];
  const detail = `The ${where} breaks the schema${first === undefined ? "" : `: ${first.pointer || "/"} ${first.message}`}.`;
  return new RatError(where === "querystring" ? "bad_request" : "validation_failed", detail, { violations });
}

function allowed(values: unknown): string {
  return Array.isArray(values) ? `: ${values.join(", ")}` : "";
}
