import { RatError } from "../../errors.ts";
import type { Layer } from "./layer.ts";

/**
 * Layer 7: body and time limits. Fastify enforces the sizes and the time to receive a request from the options of
 * the app; here, a ratd that is shutting down lets finish what has begun and takes nothing new on old connections.
 */
export const limitsLayer: Layer = {
  number: 7,
  name: "limits",
  install(app, { ready }) {
    app.addHook("onRequest", (request, reply, done) => {
      if (ready() || request.routeOptions.config.open === true) return done();
      void reply.header("connection", "close");
      return done(
        new RatError("draining", "This ratd is shutting down and takes no new requests.", {
          retryAfterSeconds: 1,
        }),
      );
    });
    // A connection that stays open after its last answer would hold up the shutdown.
    app.addHook("onSend", (_request, reply, payload, done) => {
      if (!ready()) void reply.header("connection", "close");
      done(null, payload);
    });
  },
};
