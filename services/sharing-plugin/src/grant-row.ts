import type { Grant, GranteeKind, SharePermission } from "@rat/plugin-sdk";

/** A row of the table of grants. The table's own checks hold kinds and permissions to these words. */
export interface GrantRow {
  readonly seq: string;
  readonly grant_id: string;
  readonly resource_type: string;
  readonly resource_id: string;
  readonly grantee_type: GranteeKind;
  readonly grantee_id: string;
  readonly permission: SharePermission;
  readonly granted_by: string;
  readonly granted_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_by: string | null;
  readonly revoked_at: Date | null;
}

/** The columns of {@link GrantRow}. */
export const GRANT_COLUMNS = `seq, grant_id, resource_type, resource_id, grantee_type, grantee_id, permission,
  granted_by, granted_at, expires_at, revoked_by, revoked_at`;

/** A grant as handlers have it. */
export function grantOf(row: GrantRow): Grant {
  return {
    grantId: row.grant_id,
    resourceType: row.resource_type,
    resourceId: row.resource_id,
    granteeType: row.grantee_type,
    granteeId: row.grantee_id,
    permission: row.permission,
    grantedBy: row.granted_by,
    grantedAt: row.granted_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at, revokedBy: row.revoked_by ?? "" }),
  };
}
