import type { SlotDefinition } from "../slot.ts";
import { noopSharing } from "./noop-sharing.ts";
import { remoteSharing } from "./remote-sharing.ts";
import type { SharingPort } from "./sharing.ts";

/** The sharing slot. */
export const sharingSlot: SlotDefinition<SharingPort> = {
  name: "sharing",
  remote: remoteSharing,
  builtin: noopSharing,
  builtinBehaviour: "Nothing is shared, and sharing is not available.",
};
