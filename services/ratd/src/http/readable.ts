import type { FastifyRequest } from "fastify";
import type { Question } from "../access/question.ts";
import { MAX_CHECKS } from "../slots/enforcement/enforcement.ts";
import type { PageRequest } from "./cursor.ts";
import type { HttpDeps } from "./deps.ts";

/** Rows that are looked at for each item of a page when many may be hidden from the caller. */
const ROWS_PER_ITEM = 5;

/** How a list is read, and what must be allowed to see one of its items. */
interface ReadableList<Item> {
  /** The rows behind `after`; one more than `limit` tells that there are others. */
  readonly fetch: (page: Pick<PageRequest, "after" | "limit">) => Promise<readonly Item[]>;
  readonly about: (item: Item) => Question;
  readonly keysOf: (item: Item) => readonly string[];
}

/**
 * One page of those items that the caller may read, so that a list tells nothing that a look at the item would not. Asks
 * the enforcement slot in one call. A page may be short, even empty, while others follow.
 */
export async function listReadable<Item>(
  { access }: Pick<HttpDeps, "access">,
  { rat }: FastifyRequest,
  page: PageRequest,
  { fetch, about, keysOf }: ReadableList<Item>,
): Promise<{ readonly items: readonly Item[]; readonly nextCursor: string | null }> {
  const all = rat.slots.statuses.enforcement.servedBy === "builtin";
  const limit = all ? page.limit : Math.min(MAX_CHECKS, page.limit * ROWS_PER_ITEM);
  const rows = await fetch({ after: page.after, limit });
  const looked = rows.slice(0, limit);
  if (looked.length === 0) return { items: [], nextCursor: null };
  const decisions = await access.access.decideAll(rat.principal.identity, looked.map(about), rat.slots, rat);
  const shown: Item[] = [];
  for (const [at, item] of looked.entries()) {
    if (decisions[at]?.allowed !== true) continue;
    shown.push(item);
    if (shown.length < page.limit) continue;
    const more = at + 1 < rows.length;
    return { items: shown, nextCursor: more ? page.cursorAfter(keysOf(item)) : null };
  }
  const last = looked.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown, nextCursor: more ? page.cursorAfter(keysOf(last)) : null };
}
