import type { LoginOptions } from "../../slots/auth/auth.ts";
import type { SlotState } from "../../slots/slot.ts";
import type { Shape } from "../schemas.ts";

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
