import { AuthService } from "@rat/contracts/auth";
import { implementAuth } from "./implement.ts";
import type { SlotBinding } from "../slot-binding.ts";

/** The auth slot on the wire. */
export const authBinding: SlotBinding<"auth"> = {
  service: AuthService,
  defaultPort: 50060,
  required: ["authenticate", "authorize"],
  optional: { getLoginOptions: "login_options" },
  implement: implementAuth,
};
