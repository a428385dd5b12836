import type { Principal } from "../../access/principal.ts";
import type { Shape } from "../schemas.ts";

/** Who the caller is, as the API shows it to them. */
export function callerView({ identity, mode, scopes, keyId }: Principal): Shape<"Caller"> {
  return {
    user_id: identity.userId,
    email: identity.email,
    roles: [...identity.roles],
    auth_mode: mode,
    scopes: [...scopes].toSorted(),
    key_id: keyId ?? null,
  };
}
