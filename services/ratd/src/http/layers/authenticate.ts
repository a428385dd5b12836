import type { FastifyReply, FastifyRequest } from "fastify";
import { authModeOf, type Credentials } from "../../access/principals.ts";
import type { Principal } from "../../access/principal.ts";
import type { Layer } from "./layer.ts";
import { principalLimits } from "./principal-limits.ts";

/**
 * Layer 9: who is calling, by API key or by the auth slot, and whether they call too often. An error of one request is
 * 401, never a fallback.
 */
export const authenticateLayer: Layer = {
  number: 9,
  name: "authenticate",
  install(app, { config, clock, access: { principals } }) {
    const admit = principalLimits(config.limits.principal, clock);
    app.addHook("onRequest", (request, reply, done) => {
      const { open, ownVerification } = request.routeOptions.config;
      if (open === true || ownVerification === true || request.is404) return done();
      const settle = (principal: Principal) => {
        takeFor(request, reply, principal);
        done(admit(request));
      };
      try {
        const credentials = credentialsOf(request);
        setMode(
          request,
          reply,
          credentials.apiKey === undefined ? authModeOf(request.rat.slots.statuses.auth) : "api_key",
        );
        const found = principals.identify(credentials, request.rat.slots, request.rat);
        // Without a turn of the event loop when the caller is known already.
        if (found instanceof Promise) found.then(settle, done);
        else settle(found);
      } catch (reason) {
        done(reason as Error);
      }
    });
  },
};

function takeFor({ rat }: FastifyRequest, reply: FastifyReply, principal: Principal): void {
  rat.principal = principal;
  rat.caller = principal.identity;
  if (rat.authMode !== principal.mode) {
    rat.authMode = principal.mode;
    reply.header("x-rat-auth-mode", principal.mode);
  }
}

function setMode({ rat }: FastifyRequest, reply: FastifyReply, mode: Principal["mode"]): void {
  rat.authMode = mode;
  reply.header("x-rat-auth-mode", mode);
}

/** What the request shows: `X-API-Key`, and the token of `Authorization: Bearer <token>`. */
export function credentialsOf({ headers }: FastifyRequest): Credentials {
  const apiKey = headers["x-api-key"];
  const match = /^bearer +(.*)$/is.exec(headers.authorization ?? "");
  return {
    // Several headers of the name arrive joined, which is no key.
    apiKey: Array.isArray(apiKey) ? apiKey.join() : apiKey,
    bearer: match?.[1]?.trim() ?? "",
  };
}
