import type { FastifyRequest } from "fastify";
import type { AccessCheck } from "../slots/enforcement/enforcement.ts";

/** The items of a page that the caller may read, so that a list tells nothing that a look at the item would not. */
export async function readable<Item>(
  { rat }: FastifyRequest,
  items: readonly Item[],
  checkOf: (item: Item) => AccessCheck,
): Promise<readonly Item[]> {
  if (items.length === 0) return items;
  const decisions = await rat.slots.use("enforcement").canAccessAll(rat.caller, items.map(checkOf), rat);
  return items.filter((_item, at) => decisions[at]?.allowed === true);
}
