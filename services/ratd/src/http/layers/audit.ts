import type { Layer } from "./layer.ts";

const READING = new Set(["GET", "HEAD", "OPTIONS"]);

/** Layer 10: who changed what, and how it ended, as a log record of its own. */
export const auditLayer: Layer = {
  number: 10,
  name: "audit",
  install(app, { logger }) {
    app.addHook("onResponse", (request, reply, done) => {
      if (!READING.has(request.method) && request.routeOptions.url !== undefined) {
        logger.info(
          {
            audit: true,
            request_id: request.id,
            actor: request.rat.caller.userId,
            auth_mode: request.rat.authMode,
            action: `${request.method} ${request.routeOptions.url}`,
            status: reply.statusCode,
            client: request.ip,
          },
          "audit",
        );
      }
      done();
    });
  },
};
