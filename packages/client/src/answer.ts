import { REQUIRED_KEYS, type Routes } from "./gen/api.ts";
import { isObject } from "./parse-problem.ts";
import type { RawAnswer } from "./transport.ts";
import { UnexpectedAnswerError } from "./unexpected-answer-error.ts";

/** The success answer of a route. */
export type Answer<Route extends keyof Routes> = Routes[Route]["answer"];

/** The request body of a route. */
export type Body<Route extends keyof Routes> = Routes[Route]["body"];

/**
 * The answer of a route with its type. Checks that the keys which ratd always sends are there, so that another
 * program on the address is told apart at the door; keys inside them are trusted.
 */
export function parseAnswer<Route extends keyof Routes>(
  route: Route,
  address: string,
  answer: RawAnswer,
): Answer<Route> {
  const { body } = answer;
  const keys = REQUIRED_KEYS[route];
  const missing = isObject(body) ? keys.filter((key) => !Object.hasOwn(body, key)) : keys;
  if (missing.length > 0) {
    const what = `answered ${route} without ${missing.join(", ")}; is it a ratd of this version?`;
    throw new UnexpectedAnswerError(address, answer.status, what);
  }
  return body as Answer<Route>;
}
