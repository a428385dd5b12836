import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { GranteeType, Permission, type AccessGrantSchema, type SharingService } from "@rat/contracts/sharing";
import type { Calls } from "../../calls.ts";
import { PluginError } from "../../plugin-error.ts";
import type { Grant, GranteeKind, SharePermission, SharingHandlers } from "./handlers.ts";

const PERMISSIONS: ReadonlyMap<Permission, SharePermission> = new Map<Permission, SharePermission>([
  [Permission.READ, "read"],
  [Permission.WRITE, "write"],
  [Permission.ADMIN, "admin"],
]);

const WIRE_PERMISSIONS: Readonly<Record<SharePermission, Permission>> = {
  read: Permission.READ,
  write: Permission.WRITE,
  admin: Permission.ADMIN,
};

const WIRE_GRANTEES: Readonly<Record<GranteeKind, GranteeType>> = {
  user: GranteeType.USER,
  role: GranteeType.ROLE,
};

/** Serves SharingService from handlers. Empty ids and an unset permission never reach them. */
export function implementSharing<C>(
  handlers: SharingHandlers<C>,
  calls: Calls<C>,
): Partial<ServiceImpl<typeof SharingService>> {
  return {
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
    listAccess: ({ resourceType, resourceId }, call) =>
      calls.unary(call, async (ctx) => {
        requireAll({ resource_type: resourceType, resource_id: resourceId });
        return { grants: (await handlers.listAccess({ resourceType, resourceId }, ctx)).map(wireGrant) };
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
}

function wireGrant(grant: Grant): MessageInitShape<typeof AccessGrantSchema> {
  return {
    ...grant,
    permission: WIRE_PERMISSIONS[grant.permission],
    granteeType: WIRE_GRANTEES[grant.granteeType],
    grantedAt: timestampFromDate(grant.grantedAt),
    expiresAt: grant.expiresAt && timestampFromDate(grant.expiresAt),
  };
}

function requireAll(fields: Readonly<Record<string, string>>): void {
  for (const [field, value] of Object.entries(fields)) {
    if (value === "") throw new PluginError("invalid_argument", `${field}: must not be empty`);
  }
}
