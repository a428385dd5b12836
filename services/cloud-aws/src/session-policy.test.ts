import { PluginError, type CloudScope } from "@rat/plugin-sdk";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { liesIn, parseS3Scope } from "./s3-scope.ts";
import { sessionName } from "./session-name.ts";
import { policyText, sessionPolicy, type SessionPolicy, type Statement } from "./session-policy.ts";

const NOW = new Date("2026-01-01T00:00:00.000Z");

/** A small evaluator of policies: whether they allow an action on an object, or the listing of a prefix. */
function allows(policy: SessionPolicy, action: string, bucket: string, key: string, at = NOW): boolean {
  return policy.Statement.some((statement) => {
    const { Action, Resource, Condition = {} } = statement;
    const target = action === "s3:ListBucket" ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
    const until = Condition["DateLessThan"]?.["aws:CurrentTime"];
    const prefixes = Condition["StringLike"]?.["s3:prefix"];
    return (
      Action.includes(action) &&
      matches(Resource, target) &&
      (typeof until !== "string" || at < new Date(until)) &&
      (!Array.isArray(prefixes) || prefixes.some((prefix: string) => matches(prefix, key)))
    );
  });
}

/** As IAM matches: * is any text, ? any character. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}

const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,12}$/);
const scope = fc.record({
  bucket: fc.stringMatching(/^[a-z0-9][a-z0-9.-]{1,12}[a-z0-9]$/),
  path: fc.array(name, { maxLength: 3 }),
  access: fc.constantFrom("read" as const, "write" as const),
});
const resourceOf = ({ bucket, path }: { bucket: string; path: string[] }) =>
  `arn:aws:s3:::${[bucket, ...path].join("/")}/*`;

describe("a session policy", () => {
  it("allows what was asked, and nothing beside it, whatever the key", () => {
    const keys = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc
        .array(fc.constantFrom("..", ".", "a", "ab", "*", "?", "ä", "x/y", ""), { maxLength: 5 })
        .map((parts) => parts.join("/")),
    );
    fc.assert(
      fc.property(
        fc.array(scope, { minLength: 1, maxLength: 3 }),
        keys,
        fc.boolean(),
        (scopes, key, inside) => {
          const policy = sessionPolicy(
            scopes.map((one) => parseS3Scope({ resource: resourceOf(one), access: one.access })),
            undefined,
          );
          const [first] = scopes;
          if (first === undefined) return;
          const bucket = inside ? first.bucket : `${first.bucket}x`;
          const full = inside ? [...first.path, key].join("/") : key;
          const granted = (wanted: string[]) =>
            scopes.some(
              (one) =>
                one.bucket === bucket &&
                full.startsWith(one.path.map((part) => `${part}/`).join("")) &&
                wanted.includes(one.access),
            );
          expect(allows(policy, "s3:GetObject", bucket, full)).toBe(granted(["read", "write"]));
          expect(allows(policy, "s3:PutObject", bucket, full)).toBe(granted(["write"]));
          expect(allows(policy, "s3:DeleteObject", bucket, full)).toBe(granted(["write"]));
          expect(allows(policy, "s3:ListBucket", bucket, full)).toBe(granted(["read", "write"]));
          for (const never of [
            "s3:PutBucketPolicy",
            "s3:DeleteBucket",
            "sts:AssumeRole",
            "iam:CreateUser",
            "s3:*",
          ]) {
            expect(allows(policy, never, bucket, full)).toBe(false);
          }
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it("keeps neighbours apart whose names begin alike", () => {
    const policy = sessionPolicy(
      [parseS3Scope({ resource: "arn:aws:s3:::lake/a/*", access: "write" })],
      undefined,
    );
    expect(allows(policy, "s3:GetObject", "lake", "a/x")).toBe(true);
    for (const key of ["ab/x", "a", "b/a/x", "A/x"])
      expect(allows(policy, "s3:GetObject", "lake", key), key).toBe(false);
    expect(allows(policy, "s3:ListBucket", "lake", "ab/")).toBe(false);
    expect(allows(policy, "s3:ListBucket", "lake", "")).toBe(false);
  });

  it("ends everything at its time, also listing", () => {
    const end = new Date(NOW.getTime() + 60_000);
    const policy = sessionPolicy([parseS3Scope({ resource: "arn:aws:s3:::lake/a/*", access: "read" })], end);
    expect(
      policy.Statement.every(({ Condition }: Statement) => Condition?.["DateLessThan"] !== undefined),
    ).toBe(true);
    expect(allows(policy, "s3:GetObject", "lake", "a/x")).toBe(true);
    expect(allows(policy, "s3:GetObject", "lake", "a/x", end)).toBe(false);
    expect(allows(policy, "s3:ListBucket", "lake", "a/", end)).toBe(false);
  });

  it("that STS would not take is refused", () => {
    const many = Array.from({ length: 20 }, (_, n) =>
      parseS3Scope({ resource: `arn:aws:s3:::lake/${n}/*`, access: "write" }),
    );
    expect(() => policyText(sessionPolicy(many, undefined))).toThrow(/too many/);
  });
});

test.each([
  "*",
  "",
  "arn:aws:s3:::*",
  "arn:aws:s3:::*/*",
  "arn:aws:s3:::b",
  "arn:aws:s3:::b/a",
  "arn:aws:s3:::b/a*",
  "arn:aws:s3:::b/a?/*",
  "arn:aws:s3:::b/*/a/*",
  "arn:aws:s3:::b/../c/*",
  "arn:aws:s3:::b/./c/*",
  "arn:aws:s3:::b//c/*",
  "arn:aws:s3:::b/${aws:username}/*",
  "arn:aws:s3:::b/ä/*",
  "arn:aws:s3:::b/a\u0000/*",
  "arn:aws:s3:::b/a\n/*",
  'arn:aws:s3:::b/a","Resource":"*/*',
  "arn:aws:s3:us-east-1::b/a/*",
  "arn:aws:iam::123456789012:role/x",
  "arn:evil:s3:::b/a/*",
  "s3://b/a/../x",
  `arn:aws:s3:::b/${"a/".repeat(600)}*`,
])("%s is no scope", (resource) => {
  const parse = (access: CloudScope["access"]) => () => parseS3Scope({ resource, access });
  expect(parse("read")).toThrow(PluginError);
});

test("lies in a place of which it is a part, and in no other", () => {
  const place = parseS3Scope({ resource: "arn:aws:s3:::lake/team/*", access: "write" });
  const inside = (resource: string) => liesIn(parseS3Scope({ resource, access: "write" }), place);
  expect(inside("arn:aws:s3:::lake/team/*")).toBe(true);
  expect(inside("arn:aws:s3:::lake/team/sub/*")).toBe(true);
  expect(inside("arn:aws:s3:::lake/*")).toBe(false);
  expect(inside("arn:aws:s3:::lake/teams/*")).toBe(false);
  expect(inside("arn:aws:s3:::lake2/team/*")).toBe(false);
  expect(inside("arn:aws-cn:s3:::lake/team/*")).toBe(false);
});

test("the names of two users' sessions are never the same, and always of the form of STS", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (one, other) => {
      expect(sessionName(one)).toMatch(/^[\w+=,.@-]{2,64}$/);
      expect(sessionName(one) === sessionName(other)).toBe(one === other);
    }),
  );
});
