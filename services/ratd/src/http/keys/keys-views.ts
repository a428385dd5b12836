import type { ApiKey } from "../../access/keys/key-store.ts";
import { isoOrNull } from "../kit/iso-or-null.ts";
import type { Shape } from "../schemas.ts";

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
    expires_at: isoOrNull(key.expiresAt),
    last_used_at: isoOrNull(key.lastUsedAt),
    rotated_at: isoOrNull(key.rotatedAt),
    previous_until: isoOrNull(key.previousUntil),
    revoked_at: isoOrNull(key.revokedAt),
    revoked_by: key.revokedBy,
  };
}
