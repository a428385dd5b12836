import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { GranteeType, Permission, type AccessGrant, type AccessGrantSchema } from "@rat/contracts/sharing";
import type { Grant, GranteeKind, SharePermission } from "./handlers.ts";

/** Permissions of the wire in the words of handlers. An unset one is in no grant. */
export const PERMISSIONS: ReadonlyMap<Permission, SharePermission> = new Map<Permission, SharePermission>([
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

/** A grant as the wire carries it. */
export function wireGrant(grant: Grant): MessageInitShape<typeof AccessGrantSchema> {
  return {
    ...grant,
    permission: WIRE_PERMISSIONS[grant.permission],
    granteeType: WIRE_GRANTEES[grant.granteeType],
    grantedAt: timestampFromDate(grant.grantedAt),
    expiresAt: grant.expiresAt && timestampFromDate(grant.expiresAt),
    revokedAt: grant.revokedAt && timestampFromDate(grant.revokedAt),
  };
}

/** A grant that came by the wire; undefined when it lacks what every grant has. */
export function readGrant(grant: AccessGrant): Grant | undefined {
  const { grantId, granteeId, resourceType, resourceId, grantedBy, grantedAt, expiresAt, revokedAt } = grant;
  const permission = PERMISSIONS.get(grant.permission);
  if (permission === undefined || grantId === "" || granteeId === "") return undefined;
  return {
    grantId,
    granteeId,
    granteeType: grant.granteeType === GranteeType.ROLE ? "role" : "user",
    resourceType,
    resourceId,
    permission,
    grantedBy,
    grantedAt: grantedAt === undefined ? new Date(0) : timestampDate(grantedAt),
    ...(expiresAt === undefined ? {} : { expiresAt: timestampDate(expiresAt) }),
    ...(revokedAt === undefined ? {} : { revokedAt: timestampDate(revokedAt), revokedBy: grant.revokedBy }),
  };
}
