import type { AccessExplanation } from "../../access/access.ts";
import type { ApiKey } from "../../access/keys/key-store.ts";
import type { IssuedCredentials } from "../../credentials/leases.ts";
import type { Lease } from "../../credentials/lease-store.ts";
import type { AccessPath } from "../../slots/enforcement/enforcement.ts";
import type { LoginOptions } from "../../slots/auth/auth.ts";
import type { SlotState, SlotStatus } from "../../slots/slot.ts";
import type { Grant } from "../../slots/sharing/sharing.ts";
import type { Shape } from "../schemas.ts";

const iso = (time: Date | null | undefined): string | null => time?.toISOString() ?? null;

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
    granted_at: iso(grant.grantedAt),
    expires_at: iso(grant.expiresAt),
    revoked_by: grant.revokedBy === "" ? null : grant.revokedBy,
    revoked_at: iso(grant.revokedAt),
  };
}

/** An API key as the API shows it: without its secret. */
export function keyView(key: ApiKey): Shape<"ApiKey"> {
  return {
    id: key.id,
    name: key.name,
    user_id: key.userId,
    roles: [...key.roles],
    scopes: [...key.scopes],
    created_by: key.createdBy,
    created_at: key.createdAt.toISOString(),
    expires_at: iso(key.expiresAt),
    last_used_at: iso(key.lastUsedAt),
    rotated_at: iso(key.rotatedAt),
    previous_until: iso(key.previousUntil),
    revoked_at: iso(key.revokedAt),
    revoked_by: key.revokedBy,
  };
}

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
    renewed_at: iso(lease.renewedAt),
    expires_at: iso(lease.expiresAt),
    revoked_at: iso(lease.revokedAt),
    revoked_by: lease.revokedBy,
    reason: lease.reason,
  };
}

/** Credentials, as the API shows them to whom they are for. */
export function credentialsView({ lease, values, expiresAt }: IssuedCredentials): Shape<"Credentials"> {
  return {
    lease_id: lease.id,
    provider: lease.provider,
    resource_type: lease.resourceType,
    resource_id: lease.resourceId,
    resource: lease.scopes[0]?.resource ?? "",
    access: lease.access,
    credentials: { ...values },
    expires_at: expiresAt.toISOString(),
  };
}

/** How to sign in. */
export function loginView(state: SlotState, options: LoginOptions | undefined): Shape<"LoginOptions"> {
  if (options === undefined) return { auth_slot: state, openid: null };
  const { issuer, clientId, scopes, resource } = options;
  return {
    auth_slot: state,
    openid: {
      issuer,
      client_id: clientId,
      scopes: [...scopes],
      resource: resource === "" ? null : resource,
    },
  };
}

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
    expires_at: iso(path.expiresAt),
  };
}
