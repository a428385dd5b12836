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
  return {
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
        };
      }),
    authorize: (request, call) =>
      calls.unary(call, async (ctx) => {
        const { userId, action, resourceType, resourceId } = request;
        const result = await handlers.authorize({ userId, action, resourceType, resourceId }, ctx);
        return { allowed: result.allowed, reason: result.reason ?? "" };
      }),
  };
}
