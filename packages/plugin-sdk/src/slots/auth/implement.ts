import type { ServiceImpl } from "@connectrpc/connect";
import type { AuthService } from "@rat/contracts/auth";
import type { Calls } from "../../calls.ts";
import { PluginError } from "../../plugin-error.ts";
import { unixSeconds } from "../unix-seconds.ts";
import type { AuthHandlers } from "./handlers.ts";

/** Serves AuthService from handlers. */
export function implementAuth<C>(
  handlers: AuthHandlers<C>,
  calls: Calls<C>,
): Partial<ServiceImpl<typeof AuthService>> {
  const service: Partial<ServiceImpl<typeof AuthService>> = {
    authenticate: (request, call) =>
      calls.unary(call, async (ctx) => {
        const identity = await handlers.authenticate({ token: request.token }, ctx);
        // An answer without a user means "nobody" on the wire; never let a slip become an identity.
        if (!identity.userId) throw new PluginError("internal", "authenticate returned no userId");
        return {
          userId: identity.userId,
          email: identity.email ?? "",
          roles: [...(identity.roles ?? [])],
          expiresAt: unixSeconds(identity.expiresAt),
          maxAgeMs: identity.maxAgeMs,
        };
      }),
    authorize: (request, call) =>
      calls.unary(call, async (ctx) => {
        const { userId, action, resourceType, resourceId, roles } = request;
        const result = await handlers.authorize({ userId, action, resourceType, resourceId, roles }, ctx);
        return { allowed: result.allowed, reason: result.reason ?? "" };
      }),
  };
  const { getLoginOptions } = handlers;
  if (getLoginOptions !== undefined) {
    service.getLoginOptions = (_request, call) =>
      calls.unary(call, async (ctx) => {
        const options = await getLoginOptions.call(handlers, {}, ctx);
        return { ...options, scopes: [...options.scopes] };
      });
  }
  return service;
}
