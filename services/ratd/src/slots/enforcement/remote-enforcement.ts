import { createClient } from "@connectrpc/connect";
import {
  EnforcementService,
  type AccessPath as WirePath,
  type CanAccessResponse,
} from "@rat/contracts/enforcement";
import { printable } from "../../platform/connection/failure.ts";
import type { Decision, Identity } from "../auth/auth.ts";
import { callOptions, isUnimplemented, malformed, remoteError } from "../remote-call.ts";
import type { RemotePlugin } from "../slot.ts";
import type { AccessCheck, AccessPath, EnforcementPort } from "./enforcement.ts";

/** Unix seconds that a Date can hold. */
const MAX_SECONDS = 8_640_000_000_000;
/** Single calls that run side by side for a plugin without BatchCanAccess. */
const PARALLEL_CHECKS = 16;

/** The enforcement slot served by a plugin. */
export function remoteEnforcement(plugin: RemotePlugin): EnforcementPort {
  const client = createClient(EnforcementService, plugin.transport);
  const port: EnforcementPort = {
    async canAccess(who, check, context) {
      try {
        return fromWire(await client.canAccess(toWire(who, check), callOptions(context)));
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
        return results.map(fromWire);
      } catch (reason) {
        if (!isUnimplemented(reason)) throw remoteError(plugin, "BatchCanAccess", reason);
        return inParallel(checks, (check) => port.canAccess(who, check, context));
      }
    },
    async explain(who, check, context) {
      try {
        const { allowed, reason, paths } = await client.explain(
          { check: toWire(who, check) },
          callOptions(context),
        );
        return { allowed, reason: printable(reason), paths: paths.map(pathFromWire) };
      } catch (reason) {
        if (!isUnimplemented(reason)) throw remoteError(plugin, "Explain", reason);
        return { ...(await port.canAccess(who, check, context)), paths: undefined };
      }
    },
    async *watchInvalidations(context) {
      try {
        // It ends with the plugin, not with the limit of a call.
        const options = { ...callOptions(context), timeoutMs: 0 };
        for await (const { revision } of client.watchInvalidations({}, options)) yield revision;
      } catch (reason) {
        throw remoteError(plugin, "WatchInvalidations", reason);
      }
    },
  };
  return port;
}

function toWire({ userId, roles }: Identity, { ancestors, ...check }: AccessCheck) {
  return { ...check, userId, roles: [...roles], ancestors: [...ancestors] };
}

function fromWire({ allowed, reason, maxAgeMs }: CanAccessResponse): Decision {
  return {
    allowed,
    reason: printable(reason),
    maxAgeMs: maxAgeMs === undefined ? undefined : Math.max(0, maxAgeMs),
  };
}

function pathFromWire(path: WirePath): AccessPath {
  const seconds = Number(path.expiresAt);
  return {
    source: printable(path.source),
    resourceType: printable(path.resourceType),
    resourceId: printable(path.resourceId),
    level: printable(path.level),
    sufficient: path.sufficient,
    grantId: printable(path.grantId),
    grantedBy: printable(path.grantedBy),
    expiresAt: seconds > 0 && seconds <= MAX_SECONDS ? new Date(seconds * 1000) : undefined,
  };
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
