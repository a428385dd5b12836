import { PluginError, type CloudScope } from "@rat/plugin-sdk";

/** A prefix of a bucket; an empty prefix is the whole bucket. */
export interface S3Scope {
  readonly partition: string;
  readonly bucket: string;
  /** Ends in a slash, or is empty. */
  readonly prefix: string;
  readonly access: CloudScope["access"];
}

/**
 * What a scope may look like. None of the characters means anything to a policy: no wildcard but the one at the end, no
 * variable, nothing outside of ASCII.
 */
const FORM =
  /^arn:(aws|aws-cn|aws-us-gov):s3:::([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/((?:[A-Za-z0-9_=.-]+\/)*)\*$/;
/** The longest ARN. */
const MAX_LENGTH = 1024;

/** Reads a scope. @throws PluginError `invalid_argument` that says what one looks like. */
export function parseS3Scope({ resource, access }: CloudScope): S3Scope {
  const [, partition, bucket, prefix] = (resource.length <= MAX_LENGTH ? FORM.exec(resource) : null) ?? [];
  const parts = prefix?.split("/") ?? [];
  if (partition === undefined || bucket === undefined || prefix === undefined || parts.some(isDots)) {
    throw new PluginError("invalid_argument", "scopes: must look like arn:aws:s3:::bucket/prefix/*");
  }
  return { partition, bucket, prefix, access };
}

/** Whether `inner` gives nothing that `outer` does not. */
export function liesIn(inner: S3Scope, outer: Pick<S3Scope, "partition" | "bucket" | "prefix">): boolean {
  return (
    inner.partition === outer.partition &&
    inner.bucket === outer.bucket &&
    inner.prefix.startsWith(outer.prefix)
  );
}

function isDots(part: string): boolean {
  return part === "." || part === "..";
}
