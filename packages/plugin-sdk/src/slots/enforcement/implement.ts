import type { ServiceImpl } from "@connectrpc/connect";
import type { CanAccessRequest, EnforcementService } from "@rat/contracts/enforcement";
import type { Calls } from "../../calls.ts";
import { PluginError } from "../../plugin-error.ts";
import { wireCredentials } from "../cloud/implement.ts";
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
  const { batchCanAccess, getCredentials } = handlers;
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
  if (getCredentials !== undefined) {
    service.getCredentials = ({ provider, resource }, call) =>
      calls.unary(call, async (ctx) =>
        wireCredentials(await getCredentials.call(handlers, { provider, resource }, ctx), ctx.now()),
      );
  }
  return service;
}

function accessCheck(request: CanAccessRequest): AccessCheck {
  const { userId, roles, resourceType, resourceId, action } = request;
  return { userId, roles, resourceType, resourceId, action };
}

function wireDecision(decision: AccessDecision): { allowed: boolean; reason: string } {
  return { allowed: decision.allowed, reason: decision.reason ?? "" };
}
