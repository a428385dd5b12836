import { Code } from "@connectrpc/connect";
import { CloudService } from "@rat/contracts/cloud";
import { Unproven, type ConformanceCase } from "../conformance-case.ts";
import { answered, refused, require } from "../expectations.ts";
import type { Exchange } from "../exchange.ts";

const { getCredentials } = CloudService.method;

/** Longer than any temporary credential lives, and far below a time in milliseconds taken for seconds. */
const LONGEST_SECONDS = 366 * 24 * 3600;

/** Ends the case unless the credentials are some, and end in a sensible time. */
export function requireCredentials(
  vended: { readonly credentials: Record<string, string>; readonly expiresAt: bigint },
  exchange: Exchange,
): void {
  const values = Object.values(vended.credentials);
  require(values.length > 0, exchange, "credentials that are not empty");
  require(values.every((value) => value !== ""), exchange, "no empty credential");
  const left = Number(vended.expiresAt) - Date.now() / 1000;
  require(left > 0, exchange, "expires_at in the future, in Unix seconds");
  require(left < LONGEST_SECONDS, exchange, "expires_at within a year, in Unix seconds (not milliseconds)");
}

/** What a cloud plugin must do. */
export const cloudSuite: readonly ConformanceCase[] = [
  {
    name: "cloud/credentials",
    level: "slot",
    async run(target) {
      const { provider = "aws", resource = "arn:aws:s3:::conformance/*" } = target.config;
      const outcome = await target.call(getCredentials, { provider, resource, userId: "conformance" });
      if (!outcome.ok && target.config.provider === undefined) {
        throw new Unproven("skip", "the run gives no `provider` and `resource` that the plugin serves");
      }
      requireCredentials(answered(outcome, "credentials"), outcome.exchange);
    },
  },
  {
    name: "cloud/unknown-provider",
    level: "slot",
    async run(target) {
      const asked = { provider: "conformance-no-such-provider", resource: "r", userId: "conformance" };
      refused(await target.call(getCredentials, asked), Code.Unimplemented);
    },
  },
  {
    name: "cloud/empty-resource",
    level: "slot",
    async run(target) {
      const { provider = "aws" } = target.config;
      const outcome = await target.call(getCredentials, { provider, resource: "", userId: "conformance" });
      require(!outcome.ok, outcome.exchange, "an error: credentials for nothing in particular open everything");
    },
  },
];
