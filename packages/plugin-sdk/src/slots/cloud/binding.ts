import { CloudService } from "@rat/contracts/cloud";
import { implementCloud } from "./implement.ts";
import type { SlotBinding } from "../slot-binding.ts";

/** The cloud slot on the wire. */
export const cloudBinding: SlotBinding<"cloud"> = {
  service: CloudService,
  defaultPort: 50064,
  required: ["getCredentials"],
  optional: { renewCredentials: "renew_credentials", revokeCredentials: "revoke_credentials" },
  implement: implementCloud,
};
