import { RatError } from "../../errors.ts";
import type { CloudPort } from "./cloud.ts";

/** No cloud: every request is refused. */
export const noopCloud: CloudPort = { getCredentials: refuse, renew: refuse, revoke: refuse };

function refuse(): Promise<never> {
  return Promise.reject(
    new RatError("not_available", "Cloud credentials are not available: no cloud plugin serves."),
  );
}
