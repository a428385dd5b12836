import type { ServiceImpl } from "@connectrpc/connect";
import type { CloudService } from "@rat/contracts/cloud";
import type { Calls } from "../../calls.ts";
import { PluginError } from "../../plugin-error.ts";
import { unixSeconds } from "../unix-seconds.ts";
import type { CloudHandlers, Credentials } from "./handlers.ts";

/** Serves CloudService from handlers. */
export function implementCloud<C>(
  handlers: CloudHandlers<C>,
  calls: Calls<C>,
): Partial<ServiceImpl<typeof CloudService>> {
  return {
    getCredentials: ({ provider, resource, userId }, call) =>
      calls.unary(call, async (ctx) =>
        wireCredentials(await handlers.getCredentials({ provider, resource, userId }, ctx), ctx.now()),
      ),
  };
}

/** Converts credentials for the wire. Empty or expired ones are a fault of the plugin and never leave it. */
export function wireCredentials(
  vended: Credentials,
  now: Date,
): { credentials: Record<string, string>; expiresAt: bigint } {
  if (Object.keys(vended.credentials).length === 0) {
    throw new PluginError("internal", "getCredentials returned no credentials");
  }
  if (vended.expiresAt.getTime() <= now.getTime()) {
    throw new PluginError("internal", "getCredentials returned credentials that have already ended");
  }
  return { credentials: { ...vended.credentials }, expiresAt: unixSeconds(vended.expiresAt) };
}
