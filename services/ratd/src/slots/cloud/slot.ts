import type { SlotDefinition } from "../slot.ts";
import type { CloudPort } from "./cloud.ts";
import { noopCloud } from "./noop-cloud.ts";
import { remoteCloud } from "./remote-cloud.ts";

/** The cloud slot. */
export const cloudSlot: SlotDefinition<CloudPort> = {
  name: "cloud",
  remote: (plugin) => remoteCloud(plugin),
  builtin: noopCloud,
  builtinBehaviour: "Cloud credentials are not available.",
};
