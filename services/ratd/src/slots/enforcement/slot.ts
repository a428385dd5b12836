import type { SlotDefinition } from "../slot.ts";
import type { EnforcementPort } from "./enforcement.ts";
import { noopEnforcement } from "./noop-enforcement.ts";
import { remoteEnforcement } from "./remote-enforcement.ts";

/** The enforcement slot. */
export const enforcementSlot: SlotDefinition<EnforcementPort> = {
  name: "enforcement",
  remote: remoteEnforcement,
  builtin: noopEnforcement,
  builtinBehaviour: "Everything is allowed.",
};
