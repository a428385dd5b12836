import { ERROR_CODES } from "./gen/error-codes.ts";

/** An error code of ratd; see docs/reference/error-codes.md. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** One rejected part of a request. */
export interface Violation {
  /** JSON pointer into the request body. */
  readonly pointer: string;
  readonly message: string;
}

/** The problem document that ratd answers instead of a success. */
export interface Problem {
  readonly status: number;
  /** One of {@link ErrorCode}, or a newer one that this client does not know. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** What to do about it, one step an entry. */
  readonly try: readonly string[];
  readonly requestId: string | undefined;
  readonly violations: readonly Violation[];
  /** Seconds after which a retry makes sense. */
  readonly retryAfterSeconds: number | undefined;
}

/** ratd refused the request or failed at it, and said why. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.problem = problem;
  }
}

/** Whether `code` is on the closed list of error codes that this client knows. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
