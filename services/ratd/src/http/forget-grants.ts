import type { RequestState } from "./request-state.ts";

/**
 * Ends what was shared of a thing that is about to go, so that a new one of the same name begins with nothing. While the
 * sharing slot denies, the thing stays.
 *
 * @throws RatError slot_denying; what the plugin says
 */
export async function forgetGrants(
  resourceType: string,
  resourceId: string,
  rat: RequestState,
): Promise<void> {
  await rat.slots.use("sharing").forget({ resourceType, resourceId }, rat.principal.identity.userId, rat);
}
