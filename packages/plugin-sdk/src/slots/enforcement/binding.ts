import { EnforcementService } from "@rat/contracts/enforcement";
import { implementEnforcement } from "./implement.ts";
import type { SlotBinding } from "../slot-binding.ts";

/** The enforcement slot on the wire. */
export const enforcementBinding: SlotBinding<"enforcement"> = {
  service: EnforcementService,
  defaultPort: 50063,
  required: ["canAccess"],
  optional: {
    batchCanAccess: "batch_can_access",
    explain: "explain",
    watchInvalidations: "watch_invalidations",
    getCredentials: "get_credentials",
  },
  implement: implementEnforcement,
};
