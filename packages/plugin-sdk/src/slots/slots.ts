import { authBinding } from "./auth/binding.ts";
import { cloudBinding } from "./cloud/binding.ts";
import { enforcementBinding } from "./enforcement/binding.ts";
import { executorBinding } from "./executor/binding.ts";
import { sharingBinding } from "./sharing/binding.ts";
import type { Slot, SlotBinding } from "./slot-binding.ts";

/** Every slot. A slot exists by its row here; nothing else branches on the name of a slot. */
export const SLOTS: { readonly [S in Slot]: SlotBinding<S> } = {
  auth: authBinding,
  executor: executorBinding,
  sharing: sharingBinding,
  enforcement: enforcementBinding,
  cloud: cloudBinding,
};
