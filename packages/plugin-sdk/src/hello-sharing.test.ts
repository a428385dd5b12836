import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { GranteeType, Permission } from "@rat/contracts/sharing";
import { expect, test } from "vitest";
import { helloSharing } from "../examples/hello-sharing.ts";
import { testPlugin } from "./test-plugin.ts";

const resource = { resourceType: "pipeline", resourceId: "orders" };
const asked = { ...resource, grantorId: "alice", granteeId: "bob", permission: Permission.READ };

test("sharing twice keeps one grant, with the permission asked for last", async () => {
  const { client } = await testPlugin(helloSharing());
  const first = await client.shareResource(asked);
  const second = await client.shareResource({ ...asked, permission: Permission.WRITE });
  expect(second.grant?.grantId).toBe(first.grant?.grantId);
  const { grants } = await client.listAccess(resource);
  expect(grants.map(({ permission }) => permission)).toEqual([Permission.WRITE]);
});

test("a role and a user of the same name have grants of their own; the oldest comes first", async () => {
  const { client } = await testPlugin(helloSharing());
  const user = await client.shareResource(asked);
  const role = await client.shareResource({ ...asked, granteeType: GranteeType.ROLE });
  const { grants } = await client.listAccess(resource);
  expect(grants.map(({ grantId }) => grantId)).toEqual([user.grant?.grantId, role.grant?.grantId]);
  expect((await client.listAccess({ ...resource, resourceId: "other" })).grants).toEqual([]);
});

test("a revoked grant is gone, once", async () => {
  const { client } = await testPlugin(helloSharing());
  const { grant } = await client.shareResource(asked);
  expect((await client.revokeAccess({ grantId: grant?.grantId })).revoked).toBe(true);
  expect((await client.revokeAccess({ grantId: grant?.grantId })).revoked).toBe(false);
  expect((await client.listAccess(resource)).grants).toEqual([]);
});

test("an ended grant is still found by its id, with who took it back, and in a list that asks for it", async () => {
  const { client } = await testPlugin(helloSharing());
  const { grant } = await client.shareResource(asked);
  await client.revokeAccess({ grantId: grant?.grantId, revokedBy: "alice" });
  expect((await client.getGrant({ grantId: grant?.grantId })).grant?.revokedBy).toBe("alice");
  const again = await client.shareResource(asked);
  const { grants } = await client.listAccess({ ...resource, includeEnded: true });
  expect(grants.map(({ grantId }) => grantId)).toEqual([grant?.grantId, again.grant?.grantId]);
  await expect(client.getGrant({ grantId: "none" })).rejects.toMatchObject({ code: Code.NotFound });
});

test("lists what reaches a person, page by page", async () => {
  const { client } = await testPlugin(helloSharing());
  const own = await client.shareResource(asked);
  const role = { granteeType: GranteeType.ROLE, granteeId: "analyst" };
  const byRole = await client.shareResource({ ...asked, ...role });
  await client.shareResource({ ...asked, granteeId: "eve" });
  const person = { userId: "bob", roles: ["analyst"], pageSize: 1 };
  const first = await client.listGranteeAccess(person);
  const second = await client.listGranteeAccess({ ...person, pageToken: first.nextPageToken });
  expect([...first.grants, ...second.grants]).toEqual([own.grant, byRole.grant]);
  expect(second.nextPageToken).toBe("");
  expect((await client.listGranteeAccess({ ...person, resourceType: "table" })).grants).toEqual([]);
  await expect(client.listGranteeAccess({ ...person, pageToken: "x" })).rejects.toMatchObject({
    code: Code.InvalidArgument,
  });
});

test("a grant ends by itself", async () => {
  let now = new Date("2030-01-01T00:00:00Z");
  const { client } = await testPlugin(helloSharing(), { now: () => now });
  const expiresAt = timestampFromDate(new Date("2030-01-01T01:00:00Z"));
  const { grant } = await client.shareResource({ ...asked, expiresAt });
  expect((await client.listAccess(resource)).grants).toHaveLength(1);
  now = new Date("2030-01-01T01:00:00Z");
  expect((await client.revokeAccess({ grantId: grant?.grantId })).revoked).toBe(false);
  expect((await client.listAccess(resource)).grants).toEqual([]);
  await expect(client.shareResource({ ...asked, expiresAt })).rejects.toMatchObject({
    code: Code.InvalidArgument,
  });
});

test("only the owner gives a resource away", async () => {
  const { client } = await testPlugin(helloSharing());
  const first = await client.transferOwnership({ ...resource, fromUserId: "alice", toUserId: "bob" });
  expect(first.transferred).toBe(true);
  const repeated = await client.transferOwnership({ ...resource, fromUserId: "alice", toUserId: "bob" });
  expect(repeated.transferred).toBe(true);
  const again = client.transferOwnership({ ...resource, fromUserId: "alice", toUserId: "eve" });
  await expect(again).rejects.toMatchObject({ code: Code.FailedPrecondition });
  expect(
    (await client.transferOwnership({ ...resource, fromUserId: "bob", toUserId: "eve" })).transferred,
  ).toBe(true);
});

test("refuses what names nothing, and more grants than fit", async () => {
  const { client } = await testPlugin(helloSharing(), { config: { max_grants: 1 } });
  for (const faulty of [{ granteeId: "" }, { resourceId: "" }, { permission: Permission.UNSPECIFIED }]) {
    const call = client.shareResource({ ...asked, ...faulty });
    await expect(call).rejects.toMatchObject({ code: Code.InvalidArgument });
  }
  await client.shareResource(asked);
  const second = client.shareResource({ ...asked, granteeId: "eve" });
  await expect(second).rejects.toMatchObject({ code: Code.ResourceExhausted });
});
