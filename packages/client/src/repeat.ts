import { ApiError } from "./api-error.ts";
import { pause } from "./event-stream.ts";
import { UnexpectedAnswerError } from "./unexpected-answer-error.ts";
import { UnreachableError } from "./unreachable-error.ts";

const REPEATS = 3;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Sends a request again while it may not have arrived: no answer, 502 or 503. Only for requests whose repetition
 * changes nothing, such as one with an Idempotency-Key.
 */
export async function repeat<Result>(
  send: () => Promise<Result>,
  delay: (attempt: number) => number,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      const wait = attempt > REPEATS ? undefined : pauseAfter(error, delay(attempt));
      if (wait === undefined) throw error;
      await pause(wait, undefined);
    }
  }
}

/** Milliseconds after which to try again; undefined when that would not help. */
function pauseAfter(error: unknown, delayMs: number): number | undefined {
  // A limit that has passed is the limit of the user: another attempt would double it.
  if (error instanceof UnreachableError) return error.timedOut ? undefined : delayMs;
  if (error instanceof UnexpectedAnswerError) return [502, 503].includes(error.status) ? delayMs : undefined;
  if (!(error instanceof ApiError) || error.problem.status !== 503) return undefined;
  const { retryAfterSeconds = 0 } = error.problem;
  return Math.min(LONGEST_PAUSE_MS, Math.max(delayMs, retryAfterSeconds * 1_000));
}
