import type { Layer } from "./layer.ts";

/** Layer 5: counts and times every request, and logs it; open routes only at debug level. */
export const accessLogLayer: Layer = {
  number: 5,
  name: "access-log",
  install(app, { logger, metrics }) {
    const log = logger.child({}, { redact: [] });
    app.addHook("onResponse", (request, reply, done) => {
      const { method } = request;
      const route = request.routeOptions.url ?? "unmatched";
      metrics.httpRequests.inc({ method, route, status: String(reply.statusCode) });
      metrics.httpDuration.observe({ method, route }, reply.elapsedTime / 1000);
      const level = request.routeOptions.config.open === true ? "debug" : "info";
      log[level](
        {
          request_id: request.id,
          method,
          route,
          status: reply.statusCode,
          duration_ms: Math.round(reply.elapsedTime * 1000) / 1000,
          client: request.ip,
          user: request.rat.principal.identity.userId,
          auth_mode: request.rat.principal.mode,
        },
        "request",
      );
      done();
    });
  },
};
