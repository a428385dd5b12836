import type { FastifyRequest } from "fastify";
import type { SlotStatus } from "../../slots/slot.ts";
import type { AuthMode } from "../request-state.ts";
import type { Layer } from "./layer.ts";

/** Layer 9: the auth slot says who is calling. An error of one request is 401, never a fallback. */
export const authenticateLayer: Layer = {
  number: 9,
  name: "authenticate",
  install(app) {
    app.addHook("onRequest", async (request, reply) => {
      const { open, ownVerification } = request.routeOptions.config;
      if (open === true || ownVerification === true || request.is404) return;
      const { rat } = request;
      rat.authMode = authModeOf(rat.slots.statuses.auth);
      reply.header("x-rat-auth-mode", rat.authMode);
      rat.caller = await rat.slots.use("auth").authenticate(bearerToken(request), rat);
    });
  },
};

function authModeOf({ servedBy, plugin }: SlotStatus): AuthMode {
  if (plugin === undefined) return "builtin";
  return servedBy === "plugin" ? "plugin" : servedBy === "nobody" ? "denying" : "noop-fallback";
}

/** The token of `Authorization: Bearer <token>`; empty without one. */
export function bearerToken(request: FastifyRequest): string {
  const match = /^bearer +(.*)$/is.exec(request.headers.authorization ?? "");
  return match?.[1]?.trim() ?? "";
}
