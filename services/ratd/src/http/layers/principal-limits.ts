import type { FastifyRequest } from "fastify";
import { isOperatorScope } from "../../scopes.ts";
import type { RateClass } from "../../config/config.ts";
import { RatError } from "../../errors.ts";
import { countedAs } from "../kit/counted-as.ts";
import type { Clock } from "../../platform/clock.ts";

const WINDOW_MS = 60_000;
/** Buckets of one window; beyond it a principal shares one with the others that came late. */
const MAX_BUCKETS = 100_000;

/** The class of the request's route. Operator routes tell lists from single things: a list has no id in its path. */
export function rateClassOf({ routeOptions: { config, url }, method }: FastifyRequest): RateClass {
  const reads = method === "GET" || method === "HEAD";
  if (config.scope === undefined || !isOperatorScope(config.scope)) return reads ? "data_read" : "data_write";
  if (!reads) return "write";
  return url?.includes(":") === true ? "get" : "list";
}

/**
 * Counts requests for each principal and class in fixed windows of a minute; answers why one is too many. A limit that
 * changes counts at the next request, with what the window has counted so far.
 */
export function principalLimits(
  limits: () => Readonly<Record<RateClass, number>>,
  clock: Pick<Clock, "monotonic">,
): (request: FastifyRequest) => RatError | undefined {
  let window = 0;
  let counts = new Map<string, number>();
  return (request) => {
    const rate = rateClassOf(request);
    const limit = limits()[rate];
    if (limit === 0) return undefined;
    const now = clock.monotonic();
    const current = Math.floor(now / WINDOW_MS);
    if (current !== window) {
      window = current;
      counts = new Map();
    }
    const name = `${rate} ${countedAs(request)}`;
    const key = counts.size < MAX_BUCKETS || counts.has(name) ? name : rate;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count <= limit) return undefined;
    const left = (window + 1) * WINDOW_MS - now;
    return new RatError(
      "rate_limited",
      `The limit of ${limit} requests a minute for ${RATE_NAMES[rate]} is used up.`,
      { retryAfterSeconds: Math.max(1, Math.ceil(left / 1000)) },
    );
  };
}

const RATE_NAMES: Readonly<Record<RateClass, string>> = {
  list: "lists of operator routes",
  get: "reads of operator routes",
  write: "changes by operator routes",
  data_read: "reads",
  data_write: "changes",
};
