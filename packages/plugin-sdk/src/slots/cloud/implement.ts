import type { ServiceImpl } from "@connectrpc/connect";
import { CloudAccess, type CloudScope as WireScope, type CloudService } from "@rat/contracts/cloud";
import type { Calls } from "../../calls.ts";
import { PluginError } from "../../plugin-error.ts";
import { unixSeconds } from "../unix-seconds.ts";
import type { CloudHandlers, CloudScope, Credentials } from "./handlers.ts";

/** Serves CloudService from handlers. */
export function implementCloud<C>(
  handlers: CloudHandlers<C>,
  calls: Calls<C>,
): Partial<ServiceImpl<typeof CloudService>> {
  const service: Partial<ServiceImpl<typeof CloudService>> = {
    getCredentials: ({ provider, resource, userId, namespace, runId, ...request }, call) =>
      calls.unary(call, async (ctx) => {
        const scopes = request.scopes.map(cloudScope);
        const notAfter = dateOf(request.notAfter);
        const input = { provider, resource, userId, namespace, runId, scopes, notAfter };
        const vended = await handlers.getCredentials(input, ctx);
        return {
          ...wireCredentials(vended, ctx.now()),
          leaseId: vended.leaseId ?? "",
          renewable: vended.renewable ?? false,
          revocable: vended.revocable ?? false,
          scopesApplied: vended.scopesApplied ?? false,
        };
      }),
  };
  const { renewCredentials, revokeCredentials } = handlers;
  if (renewCredentials !== undefined) {
    service.renewCredentials = ({ leaseId, notAfter }, call) =>
      calls.unary(call, async (ctx) => {
        const input = { leaseId, notAfter: dateOf(notAfter) };
        return wireCredentials(await renewCredentials.call(handlers, input, ctx), ctx.now());
      });
  }
  if (revokeCredentials !== undefined) {
    service.revokeCredentials = ({ leaseId }, call) =>
      calls.unary(call, async (ctx) => ({
        revoked: (await revokeCredentials.call(handlers, { leaseId }, ctx)).revoked,
      }));
  }
  return service;
}

/** Reads one scope. A scope of no known access must never become one of any. */
function cloudScope({ resource, access }: WireScope): CloudScope {
  if (resource === "") throw new PluginError("invalid_argument", "scopes: resource must not be empty");
  if (access === CloudAccess.READ) return { resource, access: "read" };
  if (access === CloudAccess.WRITE) return { resource, access: "write" };
  throw new PluginError("invalid_argument", "scopes: access must be read or write");
}

function dateOf(unixSeconds: bigint): Date | undefined {
  return unixSeconds === 0n ? undefined : new Date(Number(unixSeconds) * 1000);
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
