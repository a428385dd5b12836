import { SharingService } from "@rat/contracts/sharing";
import { implementSharing } from "./implement.ts";
import type { SlotBinding } from "../slot-binding.ts";

/** The sharing slot on the wire. */
export const sharingBinding: SlotBinding<"sharing"> = {
  service: SharingService,
  defaultPort: 50062,
  required: ["shareResource", "revokeAccess", "listAccess", "transferOwnership"],
  optional: {
    getGrant: "get_grant",
    listGranteeAccess: "list_grantee_access",
    forgetResource: "forget_resource",
  },
  implement: implementSharing,
};
