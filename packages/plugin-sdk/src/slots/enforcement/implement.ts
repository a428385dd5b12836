import type { ServiceImpl } from "@connectrpc/connect";
import type { CanAccessRequest, EnforcementService } from "@rat/contracts/enforcement";
import type { Calls } from "../../calls.ts";
import { PluginError } from "../../plugin-error.ts";
import { wireCredentials } from "../cloud/implement.ts";
import { unixSeconds } from "../unix-seconds.ts";
import type { AccessCheck, AccessDecision, EnforcementHandlers } from "./handlers.ts";

/** The most checks in one batch, from the contract. */
const BATCH_LIMIT = 1000;

/** Serves EnforcementService from handlers. */
export function implementEnforcement<C>(
  handlers: EnforcementHandlers<C>,
  calls: Calls<C>,
): Partial<ServiceImpl<typeof EnforcementService>> {
  const service: Partial<ServiceImpl<typeof EnforcementService>> = {
    canAccess: (request, call) =>
      calls.unary(call, async (ctx) => wireDecision(await handlers.canAccess(accessCheck(request), ctx))),
  };
  const { batchCanAccess, explain, watchInvalidations, getCredentials } = handlers;
  if (batchCanAccess !== undefined) {
    service.batchCanAccess = (request, call) =>
      calls.unary(call, async (ctx) => {
        if (request.checks.length > BATCH_LIMIT) {
          throw new PluginError("invalid_argument", `checks: at most ${BATCH_LIMIT} in one call`);
        }
        const checks = request.checks.map(accessCheck);
        const decisions = await batchCanAccess.call(handlers, { checks }, ctx);
        // A short or long answer would put decisions on the wrong checks.
        if (decisions.length !== checks.length) {
          throw new PluginError("internal", "batchCanAccess returned another number of decisions");
        }
        return { results: decisions.map(wireDecision) };
      });
  }
  if (explain !== undefined) {
    service.explain = (request, call) =>
      calls.unary(call, async (ctx) => {
        if (request.check === undefined)
          throw new PluginError("invalid_argument", "check: must not be empty");
        const explanation = await explain.call(handlers, accessCheck(request.check), ctx);
        const paths = explanation.paths.map((path) => ({ ...path, expiresAt: unixSeconds(path.expiresAt) }));
        return { allowed: explanation.allowed, reason: explanation.reason ?? "", paths };
      });
  }
  if (watchInvalidations !== undefined) {
    service.watchInvalidations = (_request, call) =>
      calls.stream(call, (ctx) => watchInvalidations.call(handlers, {}, ctx));
  }
  if (getCredentials !== undefined) {
    service.getCredentials = ({ provider, resource }, call) =>
      calls.unary(call, async (ctx) =>
        wireCredentials(await getCredentials.call(handlers, { provider, resource }, ctx), ctx.now()),
      );
  }
  return service;
}

function accessCheck(request: CanAccessRequest): AccessCheck {
  const { userId, roles, resourceType, resourceId, action, ownerId, ancestors } = request;
  return { userId, roles, resourceType, resourceId, action, ownerId, ancestors };
}

function wireDecision({ allowed, reason = "", maxAgeMs }: AccessDecision): {
  allowed: boolean;
  reason: string;
  maxAgeMs?: number;
} {
  return { allowed, reason, ...(maxAgeMs === undefined ? {} : { maxAgeMs }) };
}
