import { Code } from "@connectrpc/connect";
import { CloudAccess } from "@rat/contracts/cloud";
import { expect, test } from "vitest";
import { verifySessionToken } from "../examples/cloud/session-token.ts";
import { helloCloud } from "../examples/hello-cloud.ts";
import { testPlugin } from "./test-plugin.ts";

const key = "k".repeat(32);
const now = new Date("2030-01-01T00:00:00Z");
const options = { config: { signing_key: key, ttl_seconds: 60 }, now: () => now };
const asked = { provider: "aws", resource: "arn:aws:s3:::lake/orders/*", userId: "alice" };

test("vends credentials that say for whom, for what and until when", async () => {
  const { client } = await testPlugin(helloCloud(), options);
  const { credentials, expiresAt } = await client.getCredentials(asked);
  const token = credentials.AWS_SESSION_TOKEN ?? "";
  const end = new Date("2030-01-01T00:01:00Z");
  expect(expiresAt).toBe(BigInt(end.getTime() / 1000));
  expect(credentials.AWS_ACCESS_KEY_ID).toMatch(/^ASIA[A-Z0-9]{16}$/);
  expect(verifySessionToken(token, key, now)).toMatchObject({ ...asked, scopes: [], expiresAt: end });
  expect(verifySessionToken(token, "another key", now)).toBeUndefined();
  expect(verifySessionToken(token, key, end)).toBeUndefined();
});

test("cuts credentials to the scopes asked for, and to the end asked for", async () => {
  const { client } = await testPlugin(helloCloud(), options);
  const scopes = [{ resource: "arn:aws:s3:::lake/orders/*", access: CloudAccess.READ }];
  const notAfter = BigInt(now.getTime() / 1000 + 20);
  const answer = await client.getCredentials({ ...asked, scopes, notAfter });
  expect(answer).toMatchObject({ scopesApplied: true, expiresAt: notAfter });
  const session = verifySessionToken(answer.credentials.AWS_SESSION_TOKEN ?? "", key, now);
  expect(session?.scopes).toMatchObject([{ resource: "arn:aws:s3:::lake/orders/*", access: "read" }]);
});

test("renews a lease until it is revoked", async () => {
  const { client } = await testPlugin(helloCloud(), options);
  const { leaseId } = await client.getCredentials(asked);
  const renewed = await client.renewCredentials({ leaseId });
  expect(verifySessionToken(renewed.credentials.AWS_SESSION_TOKEN ?? "", key, now)).toMatchObject(asked);
  expect(await client.revokeCredentials({ leaseId })).toMatchObject({ revoked: true });
  expect(await client.revokeCredentials({ leaseId })).toMatchObject({ revoked: false });
  await expect(client.renewCredentials({ leaseId })).rejects.toMatchObject({ code: Code.NotFound });
});

test.each([
  [{ provider: "azure" }, Code.Unimplemented],
  [{ provider: "constructor" }, Code.Unimplemented],
  [{ provider: "" }, Code.Unimplemented],
  [{ resource: "" }, Code.InvalidArgument],
  [{ resource: "bucket" }, Code.InvalidArgument],
  [{ resource: `arn:aws:s3:::${"x".repeat(3000)}` }, Code.InvalidArgument],
])("refuses %j", async (faulty, code) => {
  const { client } = await testPlugin(helloCloud(), options);
  await expect(client.getCredentials({ ...asked, ...faulty })).rejects.toMatchObject({ code });
});
