import { Type } from "typebox";
import { LEASE_STATES } from "../../credentials/lease-store.ts";
import { CLOUD_ACCESS, CLOUD_PROVIDERS } from "../../slots/cloud/cloud.ts";
import { pageQuery } from "../kit/cursor.ts";
import { nullable, time } from "../kit/fields.ts";

/** The shape of leases. */
export const leasesShapes = {
  Lease: Type.Object(
    {
      id: Type.String(),
      state: Type.Enum([...LEASE_STATES]),
      user_id: Type.String(),
      run_id: nullable(Type.String({ description: "The run that has them; null for a person." })),
      provider: Type.Enum([...CLOUD_PROVIDERS]),
      resource_type: Type.String(),
      resource_id: Type.String(),
      access: Type.Enum([...CLOUD_ACCESS]),
      scopes: Type.Array(Type.Object({ resource: Type.String(), access: Type.Enum([...CLOUD_ACCESS]) })),
      plugin: Type.String(),
      renewable: Type.Boolean(),
      revocable: Type.Boolean(),
      issued_at: time("When they were asked for."),
      renewed_at: nullable(time("When they were renewed last.")),
      expires_at: nullable(time("When they end.")),
      revoked_at: nullable(time("When the lease was revoked.")),
      revoked_by: nullable(Type.String()),
      reason: Type.String({ description: "Why it failed, or what revoking it could not do; may be empty." }),
    },
    { $id: "Lease", description: "Credentials that somebody was given, without the secret." },
  ),
} as const;

/** A lease as paths name it. */
export const leaseParams = Type.Object({ id: Type.String({ pattern: "^lse_[0-9a-f]{28}$" }) });

/** Which leases are wanted. */
export const leasesQuery = Type.Object({
  user_id: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  run_id: Type.Optional(Type.String({ maxLength: 64 })),
  state: Type.Optional(Type.Enum([...LEASE_STATES])),
  ...pageQuery,
});
