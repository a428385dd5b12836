import type { IssuedCredentials } from "../../credentials/leases.ts";
import type { Shape } from "../schemas.ts";

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
