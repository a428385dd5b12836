import { createClient } from "@connectrpc/connect";
import { CloudAccess as WireAccess, CloudService } from "@rat/contracts/cloud";
import { EnforcementService } from "@rat/contracts/enforcement";
import { RatError } from "../../errors.ts";
import { printable } from "../../platform/connection/failure.ts";
import { callOptions, changeOptions, isUnimplemented, malformed, remoteError } from "../remote-call.ts";
import type { RemotePlugin } from "../slot.ts";
import type { CloudAccess, CloudPort, Credentials } from "./cloud.ts";

/** Unix seconds that a Date can hold. */
const MAX_SECONDS = 8_640_000_000_000n;
/** Longest handle of a lease. */
const MAX_LEASE_ID = 512;
/** How far the clocks of ratd and of a plugin may differ, milliseconds. */
const CLOCK_SKEW_MS = 60_000;

const ACCESS = { read: WireAccess.READ, write: WireAccess.WRITE } as const satisfies Record<
  CloudAccess,
  number
>;

/** What all answers with credentials hold. */
interface WireCredentials {
  readonly credentials: Readonly<Record<string, string>>;
  readonly expiresAt: bigint;
}

/**
 * The cloud slot served by a plugin: CloudService, or EnforcementService of a plugin that follows the original
 * contract, where GetCredentials stands. `now` is the wall clock, milliseconds since 1970.
 */
export function remoteCloud(plugin: RemotePlugin, now: () => number = Date.now): CloudPort {
  const cloud = createClient(CloudService, plugin.transport);
  const enforcement = createClient(EnforcementService, plugin.transport);
  const parse = (
    method: string,
    { credentials, expiresAt }: WireCredentials,
    notAfter?: Date,
  ): Credentials => {
    if (Object.keys(credentials).length === 0) throw malformed(plugin, method, "no credentials");
    if (expiresAt > MAX_SECONDS || Number(expiresAt) * 1000 <= now()) {
      throw malformed(plugin, method, "an expiry that is not in the future");
    }
    const end = new Date(Number(expiresAt) * 1000);
    if (notAfter !== undefined && end.getTime() > notAfter.getTime() + CLOCK_SKEW_MS) {
      throw malformed(plugin, method, `credentials that live beyond not_after (${notAfter.toISOString()})`);
    }
    return { values: credentials, expiresAt: end };
  };
  return {
    async getCredentials({ scopes, notAfter, ...request }, context) {
      const wire = {
        ...request,
        scopes: scopes.map(({ resource, access }) => ({ resource, access: ACCESS[access] })),
        notAfter: secondsOf(notAfter),
      };
      // What a plugin may do that knows no scopes.
      const whole =
        scopes.length === 1 && scopes[0]?.resource === request.resource && scopes[0].access === "write";
      try {
        const answer = await cloud.getCredentials(wire, changeOptions(context));
        if (!answer.scopesApplied && !whole) throw uncut(plugin);
        if (answer.leaseId.length > MAX_LEASE_ID || printable(answer.leaseId) !== answer.leaseId) {
          throw malformed(plugin, "GetCredentials", "a lease_id that is none");
        }
        const { leaseId, renewable, revocable } = answer;
        return { ...parse("GetCredentials", answer, notAfter), leaseId, renewable, revocable };
      } catch (reason) {
        if (!isUnimplemented(reason)) throw remoteError(plugin, "GetCredentials", reason);
      }
      try {
        if (!whole) throw uncut(plugin);
        const { provider, resource } = request;
        const answer = await enforcement.getCredentials({ provider, resource }, callOptions(context));
        return { ...parse("GetCredentials", answer), leaseId: "", renewable: false, revocable: false };
      } catch (reason) {
        if (!isUnimplemented(reason)) throw remoteError(plugin, "GetCredentials", reason);
        throw unsupported(plugin, request.provider, reason);
      }
    },
    async renew(leaseId, notAfter, context) {
      try {
        const request = { leaseId, notAfter: secondsOf(notAfter) };
        // Without a key: each renewal wants fresh credentials, also the next one for the same run.
        const answer = await cloud.renewCredentials(request, changeOptions(context));
        return parse("RenewCredentials", answer, notAfter);
      } catch (reason) {
        throw remoteError(plugin, "RenewCredentials", reason);
      }
    },
    async revoke(leaseId, context) {
      try {
        return (await cloud.revokeCredentials({ leaseId }, changeOptions(context))).revoked;
      } catch (reason) {
        throw remoteError(plugin, "RevokeCredentials", reason);
      }
    },
  };
}

function secondsOf(time: Date): bigint {
  return BigInt(Math.floor(time.getTime() / 1000));
}

function uncut({ name }: RemotePlugin): RatError {
  return new RatError(
    "provider_not_supported",
    `The cloud plugin ${name} does not cut credentials to what the caller may reach, so none are given out.`,
  );
}

function unsupported({ name }: RemotePlugin, provider: string, cause?: unknown): RatError {
  return new RatError(
    "provider_not_supported",
    `The cloud plugin ${name} does not serve the provider ${provider}.`,
    { cause },
  );
}
