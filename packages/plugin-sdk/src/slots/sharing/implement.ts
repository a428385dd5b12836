import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { GranteeType, type SharingService } from "@rat/contracts/sharing";
import type { Calls } from "../../calls.ts";
import { PluginError } from "../../plugin-error.ts";
import type { SharingHandlers } from "./handlers.ts";
import { PERMISSIONS, wireGrant } from "./wire-grant.ts";

/** The most grants of one page, from the contract. */
const MAX_PAGE = 1000;

/** Serves SharingService from handlers. Empty ids and an unset permission never reach them. */
export function implementSharing<C>(
  handlers: SharingHandlers<C>,
  calls: Calls<C>,
): Partial<ServiceImpl<typeof SharingService>> {
  const service: Partial<ServiceImpl<typeof SharingService>> = {
    shareResource: (request, call) =>
      calls.unary(call, async (ctx) => {
        const { grantorId, granteeId, resourceType, resourceId } = request;
        requireAll({ grantor_id: grantorId, grantee_id: granteeId });
        requireAll({ resource_type: resourceType, resource_id: resourceId });
        const permission = PERMISSIONS.get(request.permission);
        if (permission === undefined) {
          throw new PluginError("invalid_argument", "permission: must be read, write or admin");
        }
        const granteeType = request.granteeType === GranteeType.ROLE ? "role" : "user";
        const expiresAt = request.expiresAt && timestampDate(request.expiresAt);
        const grant = await handlers.shareResource(
          { grantorId, granteeId, granteeType, resourceType, resourceId, permission, expiresAt },
          ctx,
        );
        return { grant: wireGrant(grant) };
      }),
    revokeAccess: ({ grantId, revokedBy }, call) =>
      calls.unary(call, async (ctx) => {
        requireAll({ grant_id: grantId });
        return { revoked: (await handlers.revokeAccess({ grantId, revokedBy }, ctx)).revoked };
      }),
    listAccess: ({ resourceType, resourceId, includeEnded }, call) =>
      calls.unary(call, async (ctx) => {
        requireAll({ resource_type: resourceType, resource_id: resourceId });
        const grants = await handlers.listAccess({ resourceType, resourceId, includeEnded }, ctx);
        return { grants: grants.map(wireGrant) };
      }),
    transferOwnership: (request, call) =>
      calls.unary(call, async (ctx) => {
        const { resourceType, resourceId, fromUserId, toUserId } = request;
        requireAll({ resource_type: resourceType, resource_id: resourceId });
        requireAll({ from_user_id: fromUserId, to_user_id: toUserId });
        const result = await handlers.transferOwnership(
          { resourceType, resourceId, fromUserId, toUserId },
          ctx,
        );
        return { transferred: result.transferred };
      }),
  };
  const { getGrant, listGranteeAccess, forgetResource } = handlers;
  if (getGrant !== undefined) {
    service.getGrant = ({ grantId }, call) =>
      calls.unary(call, async (ctx) => {
        requireAll({ grant_id: grantId });
        return { grant: wireGrant(await getGrant.call(handlers, { grantId }, ctx)) };
      });
  }
  if (listGranteeAccess !== undefined) {
    service.listGranteeAccess = (request, call) =>
      calls.unary(call, async (ctx) => {
        const { userId, roles, resourceType, pageSize, pageToken } = request;
        requireAll({ user_id: userId });
        if (pageSize < 0 || pageSize > MAX_PAGE) {
          throw new PluginError("invalid_argument", `page_size: must be 0 to ${MAX_PAGE}`);
        }
        const input = { userId, roles, resourceType, pageSize, pageToken };
        const { grants, nextPageToken } = await listGranteeAccess.call(handlers, input, ctx);
        return { grants: grants.map(wireGrant), nextPageToken };
      });
  }
  if (forgetResource !== undefined) {
    service.forgetResource = ({ resourceType, resourceId, removedBy }, call) =>
      calls.unary(call, async (ctx) => {
        requireAll({ resource_type: resourceType, resource_id: resourceId });
        const input = { resourceType, resourceId, removedBy };
        return { revoked: (await forgetResource.call(handlers, input, ctx)).revoked };
      });
  }
  return service;
}

function requireAll(fields: Readonly<Record<string, string>>): void {
  for (const [field, value] of Object.entries(fields)) {
    if (value === "") throw new PluginError("invalid_argument", `${field}: must not be empty`);
  }
}
