import type { SlotName } from "../config/schema.ts";
import type { AuthPort } from "./auth/auth.ts";
import { authSlot } from "./auth/slot.ts";
import type { CloudPort } from "./cloud/cloud.ts";
import { cloudSlot } from "./cloud/slot.ts";
import type { EnforcementPort } from "./enforcement/enforcement.ts";
import { enforcementSlot } from "./enforcement/slot.ts";
import type { ExecutorPort } from "./executor/executor.ts";
import { executorSlot } from "./executor/slot.ts";
import type { SharingPort } from "./sharing/sharing.ts";
import { sharingSlot } from "./sharing/slot.ts";
import type { SlotDefinition } from "./slot.ts";

/** The port of each slot. */
export interface Ports {
  readonly auth: AuthPort;
  readonly executor: ExecutorPort;
  readonly sharing: SharingPort;
  readonly enforcement: EnforcementPort;
  readonly cloud: CloudPort;
}

/** The five slots. A further slot is a folder and a line here. */
export const SLOT_TABLE: { readonly [S in SlotName]: SlotDefinition<Ports[S]> } = {
  auth: authSlot,
  executor: executorSlot,
  sharing: sharingSlot,
  enforcement: enforcementSlot,
  cloud: cloudSlot,
};
