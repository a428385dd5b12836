import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  CloudService,
  type GetCredentialsRequestSchema,
  type GetCredentialsResponse,
  type GetCredentialsResponseSchema,
} from "@rat/contracts/cloud";
import { Unproven } from "../conformance-case.ts";
import { answered, require } from "../expectations.ts";
import type { Exchange } from "../exchange.ts";
import type { Outcome, Target } from "../target.ts";

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

/** What a case adds to the request for credentials of the run's resource. */
export type Asked = Pick<
  MessageInitShape<typeof GetCredentialsRequestSchema>,
  "userId" | "scopes" | "notAfter"
>;

/** What the run's credentials are for. */
export function servedResource(target: Target): { readonly provider: string; readonly resource: string } {
  const { provider = "aws", resource = "arn:aws:s3:::conformance/*" } = target.config;
  return { provider, resource };
}

/** Asks for credentials of the run's resource. */
export async function askCredentials(
  target: Target,
  asked: Asked = {},
): Promise<Outcome<typeof GetCredentialsResponseSchema>> {
  return target.call(getCredentials, { ...servedResource(target), userId: "conformance", ...asked });
}

/** Asks for credentials that the plugin must give; skips the case when the run names no resource of its. */
export async function vend(
  target: Target,
  asked: Asked = {},
): Promise<{ readonly vended: GetCredentialsResponse; readonly exchange: Exchange }> {
  const outcome = await askCredentials(target, asked);
  if (!outcome.ok && target.config.provider === undefined) {
    throw new Unproven("skip", "the run gives no `provider` and `resource` that the plugin serves");
  }
  return { vended: answered(outcome, "credentials"), exchange: outcome.exchange };
}
