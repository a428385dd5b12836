import { randomUUID } from "node:crypto";
import { Permission, SharingService, type AccessGrant } from "@rat/contracts/sharing";
import { answered, require } from "../expectations.ts";
import type { Exchange } from "../exchange.ts";
import type { Target } from "../target.ts";

const { shareResource, listAccess } = SharingService.method;

/** What a step shares. */
export interface Resource {
  readonly resourceType: string;
  readonly resourceId: string;
}

/** A resource that no other case touches. */
export const freshResource = (): Resource => ({
  resourceType: "pipeline",
  resourceId: `conformance-${randomUUID()}`,
});

/** What a step asks for when a case says nothing else. */
export const asked = {
  grantorId: "conformance-owner",
  granteeId: "conformance-reader",
  permission: Permission.READ,
};

/** Shares a resource. Ends the case unless a grant comes. */
export async function share(
  target: Target,
  request: object,
): Promise<{ grant: AccessGrant; exchange: Exchange }> {
  const outcome = await target.call(shareResource, { ...asked, ...request });
  const { grant } = answered(outcome, "the grant");
  require(grant !== undefined && grant.grantId !== "", outcome.exchange, "a grant with a grant_id");
  return { grant, exchange: outcome.exchange };
}

/** Lists the grants on a resource. Ends the case unless an answer comes. */
export async function list(
  target: Target,
  resource: Resource,
): Promise<{ grants: AccessGrant[]; exchange: Exchange }> {
  const outcome = await target.call(listAccess, resource);
  return { grants: answered(outcome, "the list of grants").grants, exchange: outcome.exchange };
}
