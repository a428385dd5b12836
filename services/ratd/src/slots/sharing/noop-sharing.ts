import { RatError } from "../../errors.ts";
import type { SharingPort } from "./sharing.ts";

/** One user, nothing shared: lists are empty, changes are refused. */
export const noopSharing: SharingPort = {
  share: refuse,
  revoke: refuse,
  list: () => Promise.resolve([]),
  get: (grantId) => Promise.reject(new RatError("not_found", `There is no grant "${grantId}".`)),
  listFor: () => Promise.resolve({ grants: [], nextPageToken: "" }),
  forget: () => Promise.resolve(),
  transfer: refuse,
};

function refuse(): Promise<never> {
  return Promise.reject(new RatError("not_available", "Sharing is not available: no sharing plugin serves."));
}
