import type { Lease } from "../../credentials/lease-store.ts";
import { isoOrNull } from "../kit/iso-or-null.ts";
import type { Shape } from "../schemas.ts";

/** A lease as the API shows it: without its credentials. */
export function leaseView(lease: Lease): Shape<"Lease"> {
  return {
    id: lease.id,
    state: lease.state,
    user_id: lease.userId,
    run_id: lease.runId,
    provider: lease.provider,
    resource_type: lease.resourceType,
    resource_id: lease.resourceId,
    access: lease.access,
    scopes: lease.scopes.map(({ resource, access }) => ({ resource, access })),
    plugin: lease.plugin,
    renewable: lease.renewable,
    revocable: lease.revocable,
    issued_at: lease.issuedAt.toISOString(),
    renewed_at: isoOrNull(lease.renewedAt),
    expires_at: isoOrNull(lease.expiresAt),
    revoked_at: isoOrNull(lease.revokedAt),
    revoked_by: lease.revokedBy,
    reason: lease.reason,
  };
}
