import { randomUUID } from "node:crypto";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { GranteeType, Permission, SharingService } from "@rat/contracts/sharing";
import { Unproven, type ConformanceCase } from "../conformance-case.ts";
import { answered, isUnimplemented, refused, require } from "../expectations.ts";
import { asked, freshResource, list, share } from "./sharing-steps.ts";
import { sharingPeopleCases } from "./sharing-people.ts";

const { shareResource, revokeAccess, transferOwnership } = SharingService.method;

/** What a sharing plugin must do. */
export const sharingSuite: readonly ConformanceCase[] = [
  {
    name: "sharing/share-list-revoke",
    level: "slot",
    async run(target) {
      const resource = freshResource();
      const { grant, exchange } = await share(target, resource);
      require(grant.granteeId === asked.granteeId, exchange, "the grantee that was asked for");
      require(grant.permission === Permission.READ, exchange, "the permission that was asked for");
      require(grant.grantedBy === asked.grantorId, exchange, "granted_by to be the grantor");
      const before = await list(target, resource);
      const ids = before.grants.map(({ grantId }) => grantId);
      require(ids.length === 1 && ids[0] === grant.grantId, before.exchange, "exactly the grant just given");
      const revoke = { grantId: grant.grantId, revokedBy: asked.grantorId };
      const first = await target.call(revokeAccess, revoke);
      require(answered(first).revoked, first.exchange, "revoked = true");
      const after = await list(target, resource);
      require(after.grants.length === 0, after.exchange, "no grant after it was revoked");
      const second = await target.call(revokeAccess, revoke);
      require(!answered(second).revoked, second.exchange, "revoked = false the second time");
    },
  },
  {
    name: "sharing/share-is-idempotent",
    level: "slot",
    async run(target) {
      const resource = freshResource();
      const first = await share(target, resource);
      const second = await share(target, { ...resource, permission: Permission.WRITE });
      require(second.grant.grantId === first.grant.grantId, second.exchange, "the grant that stands");
      require(second.grant.permission === Permission.WRITE, second.exchange, "the permission now asked for");
      const { grants, exchange } = await list(target, resource);
      require(grants.length === 1, exchange, "one grant after sharing twice");
      require(grants[0]?.permission === Permission.WRITE, exchange, "the permission asked for last");
    },
  },
  {
    name: "sharing/list-oldest-first",
    level: "slot",
    async run(target) {
      const resource = freshResource();
      const given: string[] = [];
      for (const granteeId of ["z", "a", "m"]) {
        given.push(
          (await share(target, { ...resource, granteeId: `conformance-${granteeId}` })).grant.grantId,
        );
      }
      const { grants, exchange } = await list(target, resource);
      const ids = grants.map(({ grantId }) => grantId);
      require(ids.join() === given.join(), exchange, `the grants, oldest first: ${given.join(", ")}`);
    },
  },
  {
    name: "sharing/roles-and-users-apart",
    level: "slot",
    async run(target) {
      const resource = freshResource();
      const user = await share(target, { ...resource, granteeType: GranteeType.USER });
      const role = await share(target, { ...resource, granteeType: GranteeType.ROLE });
      require(user.grant.grantId !== role.grant.grantId, role.exchange, "a grant of its own for the role");
      require(role.grant.granteeType ===
        GranteeType.ROLE, role.exchange, "the grantee type that was asked for");
    },
  },
  {
    name: "sharing/expiry-is-kept",
    level: "slot",
    async run(target) {
      const until = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000);
      const { grant, exchange } = await share(target, {
        ...freshResource(),
        expiresAt: timestampFromDate(until),
      });
      const kept = grant.expiresAt && timestampDate(grant.expiresAt).getTime();
      require(kept === until.getTime(), exchange, `expires_at ${until.toISOString()}`);
    },
  },
  {
    name: "sharing/revoke-unknown",
    level: "slot",
    async run(target) {
      const outcome = await target.call(revokeAccess, { grantId: randomUUID(), revokedBy: asked.grantorId });
      require(!answered(outcome, "revoked = false").revoked, outcome.exchange, "revoked = false");
    },
  },
  {
    name: "sharing/unset-permission",
    level: "slot",
    async run(target) {
      const request = { ...asked, ...freshResource(), permission: Permission.UNSPECIFIED };
      refused(await target.call(shareResource, request), Code.InvalidArgument);
    },
  },
  {
    name: "sharing/transfer-compare-and-set",
    level: "slot",
    async run(target) {
      const resource = freshResource();
      const transfer = (fromUserId: string, toUserId: string) =>
        target.call(transferOwnership, { ...resource, fromUserId, toUserId });
      const first = await transfer("conformance-a", "conformance-b");
      if (!first.ok && !isUnimplemented(first) && first.error.code === Code.FailedPrecondition) {
        throw new Unproven("skip", "the plugin knows its resources' owners, and a new resource has none");
      }
      require(answered(first).transferred, first.exchange, "transferred = true");
      refused(await transfer("conformance-a", "conformance-c"), Code.FailedPrecondition);
      const third = await transfer("conformance-b", "conformance-c");
      require(answered(third).transferred, third.exchange, "the refused transfer to have changed nothing");
    },
  },
  ...sharingPeopleCases,
];
