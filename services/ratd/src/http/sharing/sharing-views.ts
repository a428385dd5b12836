import type { Grant } from "../../slots/sharing/sharing.ts";
import { isoOrNull } from "../kit/iso-or-null.ts";
import type { Shape } from "../schemas.ts";

/** A grant as the API shows it. */
export function grantView(grant: Grant): Shape<"Grant"> {
  return {
    grant_id: grant.grantId,
    grantee_id: grant.granteeId,
    grantee_type: grant.granteeType,
    resource_type: grant.resourceType,
    resource_id: grant.resourceId,
    permission: grant.permission,
    granted_by: grant.grantedBy,
    granted_at: isoOrNull(grant.grantedAt),
    expires_at: isoOrNull(grant.expiresAt),
    revoked_by: grant.revokedBy === "" ? null : grant.revokedBy,
    revoked_at: isoOrNull(grant.revokedAt),
  };
}
