import { PluginError } from "@rat/plugin-sdk";
import type { S3Scope } from "./s3-scope.ts";

const READ = ["s3:GetObject"];
const WRITE = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];
/** The longest that STS takes. */
const MAX_LENGTH = 2048;

/** One statement of a policy. */
export interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition?: Condition;
}

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** A policy, as STS takes it. */
export interface SessionPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/**
 * The policy that cuts a session to its scopes: what the role may do besides is lost to it. Everything ends at
 * `notAfter`, also where STS gives no session as short as that.
 */
export function sessionPolicy(scopes: readonly S3Scope[], notAfter: Date | undefined): SessionPolicy {
  const end: Condition =
    notAfter === undefined
      ? {}
      : { DateLessThan: { "aws:CurrentTime": `${notAfter.toISOString().slice(0, 19)}Z` } };
  return {
    Version: "2012-10-17",
    Statement: scopes.flatMap(({ partition, bucket, prefix, access }): readonly Statement[] => {
      const whole = `arn:${partition}:s3:::${bucket}`;
      const listed: Condition = prefix === "" ? {} : { StringLike: { "s3:prefix": [`${prefix}*`] } };
      const actions = access === "write" ? [...READ, ...WRITE] : READ;
      return [
        allow(actions, `${whole}/${prefix}*`, end),
        allow(["s3:ListBucket"], whole, { ...listed, ...end }),
      ];
    }),
  };
}

function allow(Action: readonly string[], Resource: string, condition: Condition): Statement {
  const Condition = Object.keys(condition).length === 0 ? {} : { Condition: condition };
  return { Effect: "Allow", Action, Resource, ...Condition };
}

/** The policy as text. @throws PluginError `invalid_argument` when STS would not take it. */
export function policyText(policy: SessionPolicy): string {
  const text = JSON.stringify(policy);
  if (text.length <= MAX_LENGTH) return text;
  throw new PluginError("invalid_argument", "scopes: too many, or too long, for one session; ask for fewer");
}
