import type { FastifyReply, FastifyRequest } from "fastify";
import { authModeOf, type Credentials } from "../../access/principals.ts";
import { unverifiedPrincipal, type AuthMode, type Principal } from "../../access/principal.ts";
import type { Layer } from "./layer.ts";
import { principalLimits } from "./principal-limits.ts";

/**
 * Layer 9: who is calling, by API key or by the auth slot, and whether they call too often. An error of one request is
 * 401, never a fallback.
 */
export const authenticateLayer: Layer = {
  number: 9,
  name: "authenticate",
  install(app, { live, clock, access: { principals } }) {
    const admit = principalLimits(() => live.current.limits.principal, clock);
    app.addHook("onRequest", (request, reply, done) => {
      const { open, ownVerification } = request.routeOptions.config;
      if (open === true || ownVerification === true || request.is404) return done();
      const settle = (principal: Principal) => {
        take(request, reply, principal);
        done(admit(request));
      };
      try {
        const credentials = credentialsOf(request);
        const mode =
          credentials.apiKey === undefined ? authModeOf(request.rat.slots.statuses.auth) : "api_key";
        take(request, reply, UNVERIFIED[mode]);
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

/** How the caller was established, for clients. */
const AUTH_MODE = "x-rat-auth-mode";

/** Whom a refused request is put down to: nobody, by the way in which they tried. */
const UNVERIFIED = {
  plugin: unverifiedPrincipal("plugin"),
  api_key: unverifiedPrincipal("api_key"),
  builtin: unverifiedPrincipal("builtin"),
  "noop-fallback": unverifiedPrincipal("noop-fallback"),
  denying: unverifiedPrincipal("denying"),
} as const satisfies Record<AuthMode, Principal>;

function take({ rat }: FastifyRequest, reply: FastifyReply, principal: Principal): void {
  rat.principal = principal;
  if (reply.getHeader(AUTH_MODE) !== principal.mode) reply.header(AUTH_MODE, principal.mode);
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
