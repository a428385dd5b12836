import rateLimit from "@fastify/rate-limit";
import { RatError } from "../../errors.ts";
import type { Layer } from "./layer.ts";

/** Client addresses that are counted at once; beyond it the least recently seen is forgotten. */
const COUNTED_ADDRESSES = 10_000;

/** Layer 8: a limit for each client address, behind the open routes. */
export const rateLimitLayer: Layer = {
  number: 8,
  name: "rate-limit",
  async install(app, { live }) {
    const limit = () => live.current.limits.ratePerMinute;
    await app.register(rateLimit, {
      // As a hook of the chain; the plugin's own way would put it behind the auth slot.
      global: false,
      // At each request: what an address has used of its minute counts for a changed limit too.
      max: limit,
      timeWindow: 60_000,
      cache: COUNTED_ADDRESSES,
      keyGenerator: (request) => request.ip,
      allowList: (request) => request.routeOptions.config.open === true || limit() === 0,
      errorResponseBuilder: (_request, { ttl }) =>
        new RatError("rate_limited", `This address has used up its ${limit()} requests a minute.`, {
          retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)),
        }),
      addHeadersOnExceeding: {
        "x-ratelimit-limit": false,
        "x-ratelimit-remaining": false,
        "x-ratelimit-reset": false,
      },
      addHeaders: {
        "x-ratelimit-limit": false,
        "x-ratelimit-remaining": false,
        "x-ratelimit-reset": false,
        "retry-after": false,
      },
    });
    app.addHook("onRequest", app.rateLimit());
  },
};
