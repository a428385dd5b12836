import { ApiError, ERROR_CODES, isErrorCode, UnexpectedAnswerError, UnreachableError } from "@rat/client";
import { CLI_ERRORS, CliError, type CliErrorCode } from "./cli-error.ts";
import { EXIT_CODE_OF_STATUS, type ExitCode } from "./exit-codes.ts";
import { signInSteps } from "./sign-in-steps.ts";
import type { SignIn } from "./sign-in.ts";

/** An error in the shape in which it is printed. */
export interface Failure {
  readonly exit: ExitCode;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly try: readonly string[];
  readonly requestId: string | undefined;
}

/** Normalises anything thrown. `signIn` says what the request was made with. */
export function toFailure(error: unknown, signIn: SignIn): Failure {
  if (error instanceof ApiError) return apiFailure(error, signIn);
  if (error instanceof CliError) return ownFailure(error.code, error.message, error.steps);
  if (error instanceof UnreachableError) {
    return ownFailure(error.timedOut ? "timed_out" : "unreachable", error.message, []);
  }
  if (error instanceof UnexpectedAnswerError) return ownFailure("unexpected_answer", error.message, []);
  return ownFailure("cli_bug", error instanceof Error ? error.message : String(error), []);
}

function ownFailure(code: CliErrorCode, detail: string, steps: readonly string[]): Failure {
  const { exit, title, remedy } = CLI_ERRORS[code];
  return { exit, code, title, detail, try: steps.length > 0 ? steps : [remedy], requestId: undefined };
}

function apiFailure({ problem }: ApiError, signIn: SignIn): Failure {
  const exit = EXIT_CODE_OF_STATUS[problem.status] ?? 1;
  const known = isErrorCode(problem.code) ? [ERROR_CODES[problem.code].remedy] : [];
  const steps = problem.try.length > 0 ? problem.try : known;
  const violations = problem.violations
    .map(({ pointer, message }) => `${pointer} ${message}`)
    .filter((violation) => !problem.detail.includes(violation));
  return {
    exit,
    code: problem.code,
    title: problem.title,
    detail: [problem.detail, ...violations].join(" · "),
    try: exit === 4 ? [...steps, ...signInSteps(problem, signIn)] : steps,
    requestId: problem.requestId,
  };
}
