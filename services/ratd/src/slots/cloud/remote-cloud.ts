import { Code, createClient } from "@connectrpc/connect";
import { CloudService } from "@rat/contracts/cloud";
import { EnforcementService } from "@rat/contracts/enforcement";
import { RatError } from "../../errors.ts";
import { classifyFailure } from "../../platform/connection/failure.ts";
import { callOptions, malformed, remoteError } from "../remote-call.ts";
import type { CallContext, RemotePlugin } from "../slot.ts";
import type { CloudPort } from "./cloud.ts";

/** Unix seconds that a Date can hold. */
const MAX_SECONDS = 8_640_000_000_000n;

/** What both services answer. */
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
  const ask = async (
    provider: string,
    resource: string,
    userId: string,
    context: CallContext,
  ): Promise<WireCredentials> => {
    try {
      return await cloud.getCredentials({ provider, resource, userId }, callOptions(context));
    } catch (reason) {
      if (!isUnimplemented(reason)) throw reason;
      return enforcement.getCredentials({ provider, resource }, callOptions(context));
    }
  };
  return {
    async getCredentials(provider, resource, who, context) {
      try {
        const { credentials, expiresAt } = await ask(provider, resource, who.userId, context);
        if (Object.keys(credentials).length === 0)
          throw malformed(plugin, "GetCredentials", "no credentials");
        if (expiresAt > MAX_SECONDS || Number(expiresAt) * 1000 <= now()) {
          throw malformed(plugin, "GetCredentials", "an expiry that is not in the future");
        }
        return { values: credentials, expiresAt: new Date(Number(expiresAt) * 1000) };
      } catch (reason) {
        if (!isUnimplemented(reason)) throw remoteError(plugin, "GetCredentials", reason);
        throw new RatError(
          "provider_not_supported",
          `The cloud plugin ${plugin.name} does not serve the provider ${provider}.`,
          { cause: reason },
        );
      }
    },
  };
}

function isUnimplemented(reason: unknown): boolean {
  return !(reason instanceof RatError) && classifyFailure(reason).code === Code.Unimplemented;
}
