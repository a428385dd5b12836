import { randomUUID } from "node:crypto";
import { equals } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { AccessGrantSchema, GranteeType, SharingService } from "@rat/contracts/sharing";
import { Unproven, type ConformanceCase } from "../conformance-case.ts";
import { answered, isUnimplemented, refused, require } from "../expectations.ts";
import type { Exchange } from "../exchange.ts";
import type { Target } from "../target.ts";
import { asked, freshResource, list, share } from "./sharing-steps.ts";

const { revokeAccess, listAccess, transferOwnership, getGrant, listGranteeAccess, forgetResource } =
  SharingService.method;

/** All pages of a person's grants, two to a page. Ends the case when the plugin does not offer the question. */
async function listPerson(
  target: Target,
  person: { readonly userId: string; readonly roles?: string[]; readonly resourceType?: string },
): Promise<{ ids: string[]; exchange: Exchange }> {
  const ids: string[] = [];
  let pageToken = "";
  // As a plugin would that never comes to an end.
  for (let page = 0; page < 20; page++) {
    const outcome = await target.call(listGranteeAccess, { ...person, pageSize: 2, pageToken });
    if (isUnimplemented(outcome)) throw new Unproven("not_applicable", "ListGranteeAccess is not offered");
    const { grants, nextPageToken } = answered(outcome, "a page of grants, or the error unimplemented");
    require(grants.length <= 2, outcome.exchange, "at most page_size grants");
    ids.push(...grants.map(({ grantId }) => grantId));
    if (nextPageToken === "") return { ids, exchange: outcome.exchange };
    require(nextPageToken !== pageToken, outcome.exchange, "a page token that leads on");
    pageToken = nextPageToken;
  }
  const outcome = await target.call(listGranteeAccess, { ...person, pageSize: 2, pageToken });
  require(false, outcome.exchange, "an end of the pages");
}

/** Repetition, concurrency, history, and the optional questions of the sharing slot. */
export const sharingPeopleCases: readonly ConformanceCase[] = [
  {
    name: "sharing/transfer-repeat",
    level: "slot",
    async run(target) {
      const resource = freshResource();
      const transfer = (fromUserId: string, toUserId: string) =>
        target.call(transferOwnership, { ...resource, fromUserId, toUserId });
      const first = await transfer("conformance-a", "conformance-b");
      if (!first.ok && first.error.code === Code.FailedPrecondition) {
        throw new Unproven("skip", "the plugin knows its resources' owners, and a new resource has none");
      }
      answered(first);
      const again = await transfer("conformance-a", "conformance-b");
      require(answered(again, "transferred = true for the last transfer once more")
        .transferred, again.exchange, "transferred = true for the last transfer once more");
      answered(await transfer("conformance-b", "conformance-c"));
      refused(await transfer("conformance-a", "conformance-b"), Code.FailedPrecondition);
    },
  },
  {
    name: "sharing/idempotent-under-concurrency",
    level: "slot",
    async run(target) {
      const resource = freshResource();
      const shared = await Promise.all(Array.from({ length: 20 }, () => share(target, resource)));
      const ids = new Set(shared.map(({ grant }) => grant.grantId));
      const { grants, exchange } = await list(target, resource);
      require(ids.size === 1, exchange, `one grant for 20 equal requests at once, not ${ids.size}`);
      require(grants.length === 1, exchange, "one grant after 20 equal requests at once");
    },
  },
  {
    name: "sharing/get-grant",
    level: "slot",
    async run(target) {
      const { grant } = await share(target, freshResource());
      const outcome = await target.call(getGrant, { grantId: grant.grantId });
      if (isUnimplemented(outcome)) throw new Unproven("not_applicable", "GetGrant is not offered");
      const found = answered(outcome, "the grant, or the error unimplemented").grant;
      const same = found !== undefined && equals(AccessGrantSchema, found, grant);
      require(same, outcome.exchange, "the grant as it was answered when it was given");
      refused(await target.call(getGrant, { grantId: randomUUID() }), Code.NotFound);
    },
  },
  {
    name: "sharing/list-by-person",
    level: "slot",
    async run(target) {
      const [userId, role] = [`conformance-${randomUUID()}`, `conformance-${randomUUID()}`];
      const toUser = { granteeId: userId };
      const toRole = { granteeId: role, granteeType: GranteeType.ROLE };
      const given: string[] = [];
      for (const to of [toUser, toRole, toUser, toUser]) {
        given.push((await share(target, { ...freshResource(), ...to })).grant.grantId);
      }
      // The name of the role as a user, and of the user as a role: neither is this person.
      await share(target, { ...freshResource(), granteeId: role });
      await share(target, { ...freshResource(), granteeId: userId, granteeType: GranteeType.ROLE });
      const all = await listPerson(target, { userId, roles: [role] });
      require(all.ids.join() ===
        given.join(), all.exchange, `these grants, oldest first: ${given.join(", ")}`);
      const alone = await listPerson(target, { userId });
      const own = given.filter((_id, index) => index !== 1).join();
      require(alone.ids.join() === own, alone.exchange, "only the user's own grants without roles");
      const tables = await listPerson(target, { userId, roles: [role], resourceType: "table" });
      require(tables.ids.length === 0, tables.exchange, "no grants of another kind than was asked for");
      answered(await target.call(revokeAccess, { grantId: given[0], revokedBy: asked.grantorId }));
      const left = await listPerson(target, { userId, roles: [role] });
      require(left.ids.join() === given.slice(1).join(), left.exchange, "no grant that was revoked");
    },
  },
  {
    name: "sharing/list-ended",
    level: "slot",
    async run(target) {
      const resource = freshResource();
      const { grant } = await share(target, resource);
      answered(await target.call(revokeAccess, { grantId: grant.grantId, revokedBy: "conformance-revoker" }));
      const outcome = await target.call(listAccess, { ...resource, includeEnded: true });
      const [ended] = answered(outcome, "the list of grants").grants;
      if (ended === undefined) throw new Unproven("not_applicable", "ended grants are not kept");
      require(ended.grantId === grant.grantId, outcome.exchange, "the grant that was revoked");
      require(ended.revokedBy === "conformance-revoker", outcome.exchange, "revoked_by to be who revoked it");
      require(ended.revokedAt !== undefined, outcome.exchange, "revoked_at");
    },
  },
  {
    name: "sharing/forget-resource",
    level: "slot",
    async run(target) {
      const resource = freshResource();
      const neighbour = freshResource();
      await share(target, resource);
      await share(target, neighbour);
      const owners = { fromUserId: "conformance-a", toUserId: "conformance-b" };
      const before = await target.call(transferOwnership, { ...resource, ...owners });
      const outcome = await target.call(forgetResource, { ...resource, removedBy: "conformance-owner" });
      if (isUnimplemented(outcome)) throw new Unproven("not_applicable", "ForgetResource is not offered");
      require(answered(outcome).revoked === 1, outcome.exchange, "revoked = 1");
      const left = await list(target, resource);
      require(left.grants.length === 0, left.exchange, "no grant on what is gone");
      const others = await list(target, neighbour);
      require(others.grants.length === 1, others.exchange, "the grants on other resources as they were");
      if (!before.ok) return;
      const after = await target.call(transferOwnership, {
        ...resource,
        fromUserId: "conformance-c",
        toUserId: "d",
      });
      answered(after, "the first transfer of a new resource of the name to be believed");
    },
  },
];
