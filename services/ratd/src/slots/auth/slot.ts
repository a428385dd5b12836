import type { SlotDefinition } from "../slot.ts";
import type { AuthPort } from "./auth.ts";
import { noopAuth } from "./noop-auth.ts";
import { remoteAuth } from "./remote-auth.ts";

/** The auth slot. */
export const authSlot: SlotDefinition<AuthPort> = {
  name: "auth",
  remote: (plugin) => remoteAuth(plugin),
  builtin: noopAuth,
  builtinBehaviour: "Every request passes as anonymous.",
};
