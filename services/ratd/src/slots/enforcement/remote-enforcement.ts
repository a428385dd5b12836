import { Code, createClient } from "@connectrpc/connect";
import { EnforcementService } from "@rat/contracts/enforcement";
import { RatError } from "../../errors.ts";
import { classifyFailure, printable } from "../../platform/connection/failure.ts";
import type { Identity } from "../auth/auth.ts";
import { callOptions, malformed, remoteError } from "../remote-call.ts";
import type { RemotePlugin } from "../slot.ts";
import type { AccessCheck, EnforcementPort } from "./enforcement.ts";

/** Single calls that run side by side for a plugin without BatchCanAccess. */
const PARALLEL_CHECKS = 16;

/** The enforcement slot served by a plugin. */
export function remoteEnforcement(plugin: RemotePlugin): EnforcementPort {
  const client = createClient(EnforcementService, plugin.transport);
  const port: EnforcementPort = {
    async canAccess(who, check, context) {
      try {
        const { allowed, reason } = await client.canAccess(toWire(who, check), callOptions(context));
        return { allowed, reason: printable(reason) };
      } catch (reason) {
        throw remoteError(plugin, "CanAccess", reason);
      }
    },
    async canAccessAll(who, checks, context) {
      try {
        const { results } = await client.batchCanAccess(
          { checks: checks.map((check) => toWire(who, check)) },
          callOptions(context),
        );
        if (results.length !== checks.length) {
          throw malformed(plugin, "BatchCanAccess", `${results.length} results for ${checks.length} checks`);
        }
        return results.map(({ allowed, reason }) => ({ allowed, reason: printable(reason) }));
      } catch (reason) {
        if (reason instanceof RatError || classifyFailure(reason).code !== Code.Unimplemented) {
          throw remoteError(plugin, "BatchCanAccess", reason);
        }
        return inParallel(checks, (check) => port.canAccess(who, check, context));
      }
    },
  };
  return port;
}

function toWire({ userId, roles }: Identity, { action, resourceType, resourceId }: AccessCheck) {
  return { userId, roles: [...roles], action, resourceType, resourceId };
}

/** Maps with at most PARALLEL_CHECKS calls under way; results in order. */
async function inParallel<In, Out>(items: readonly In[], map: (item: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  const entries = items.entries();
  const worker = async () => {
    for (const [index, item] of entries) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL_CHECKS, items.length) }, worker));
  return results;
}
