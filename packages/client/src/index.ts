export { createClient, type Client, type ClientOptions } from "./client.ts";
export type * from "./api-types.ts";
export { ApiError, isErrorCode, type ErrorCode, type Problem, type Violation } from "./api-error.ts";
export type { EventOptions, RatEvent } from "./events.ts";
export { ERROR_CODES } from "./gen/error-codes.ts";
export type { RawAnswer } from "./transport.ts";
export { UnexpectedAnswerError } from "./unexpected-answer-error.ts";
export { UnreachableError } from "./unreachable-error.ts";
