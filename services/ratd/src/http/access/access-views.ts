import type { AccessExplanation } from "../../access/access.ts";
import type { AccessPath } from "../../slots/enforcement/enforcement.ts";
import type { SlotStatus } from "../../slots/slot.ts";
import { isoOrNull } from "../kit/iso-or-null.ts";
import type { Shape } from "../schemas.ts";

/** Why somebody may do something, as the API shows it; `enforcement` is the slot as it stood when it was asked. */
export function explanationView(
  { check, allowed, reason, paths, byRole }: AccessExplanation,
  enforcement: SlotStatus,
): Shape<"AccessExplanation"> {
  return {
    allowed,
    reason,
    decided_by: enforcement.servedBy,
    slot_state: enforcement.state,
    owner: check.ownerId === "" ? null : check.ownerId,
    ancestors: check.ancestors.map((ancestor) => ({
      resource_type: ancestor.resourceType,
      resource_id: ancestor.resourceId,
      owner: ancestor.ownerId === "" ? null : ancestor.ownerId,
    })),
    paths: paths?.map(pathView) ?? null,
    by_role: { allowed: byRole.allowed, reason: byRole.reason },
  };
}

/** One way in which somebody has access. */
function pathView(path: AccessPath): Shape<"AccessPath"> {
  return {
    source: path.source,
    resource_type: path.resourceType,
    resource_id: path.resourceId,
    level: path.level,
    sufficient: path.sufficient,
    grant_id: path.grantId === "" ? null : path.grantId,
    granted_by: path.grantedBy === "" ? null : path.grantedBy,
    expires_at: isoOrNull(path.expiresAt),
  };
}
