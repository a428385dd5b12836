import { MAX_CHECKS } from "../slots/enforcement/enforcement.ts";
import type { Access } from "./access.ts";
import type { Caller } from "./caller.ts";
import type { Question } from "./question.ts";

/** Rows that are looked at for each item of a page when many may be hidden from the caller. */
const ROWS_PER_ITEM = 5;

/** How often more rows are looked at for one page. */
const MOST_ROUNDS = 10;

/** A page that somebody asks for. */
export interface WantedPage {
  readonly limit: number;
  /** Sort keys of the last item seen; undefined on the first page. */
  readonly after: readonly string[] | undefined;
}

/** The items of a page that the caller may read. */
export interface ReadablePage<Item> {
  readonly items: readonly Item[];
  /** Sort keys of the item behind which the list goes on; undefined at its end. */
  readonly next: readonly string[] | undefined;
}

/** How a list is read, and what must be allowed to see one of its items. */
interface ReadableList<Item> {
  /** The rows behind `after`; one more than `limit` tells that there are others. */
  readonly fetch: (page: WantedPage) => Promise<readonly Item[]>;
  readonly about: (item: Item) => Question;
  readonly keysOf: (item: Item) => readonly string[];
}

/**
 * One page of those items that the caller may read, so that a list tells nothing that a look at the item would not. Asks
 * the enforcement slot about many at once. A page ends at an item that the caller may read, or at the end of the list;
 * only behind thousands that the caller may not read it is short, even empty, while others follow.
 */
export async function listReadable<Item>(
  access: Pick<Access, "decideAll">,
  caller: Caller,
  page: WantedPage,
  { fetch, about, keysOf }: ReadableList<Item>,
): Promise<ReadablePage<Item>> {
  const { principal, slots } = caller;
  const all = slots.statuses.enforcement.servedBy === "builtin";
  let limit = all ? page.limit : Math.min(MAX_CHECKS, page.limit * ROWS_PER_ITEM);
  const shown: Item[] = [];
  let { after } = page;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const rows = await fetch({ after, limit });
    const looked = rows.slice(0, limit);
    const last = looked.at(-1);
    if (last === undefined) break;
    const decisions = await access.decideAll(principal.identity, looked.map(about), slots, caller);
    for (const [at, item] of looked.entries()) {
      if (decisions[at]?.allowed !== true) continue;
      shown.push(item);
      if (shown.length < page.limit) continue;
      return { items: shown, next: at + 1 < rows.length ? keysOf(item) : undefined };
    }
    if (rows.length <= limit) return { items: shown, next: undefined };
    after = keysOf(last);
    // Much is hidden from this caller: as much at once as may be asked.
    limit = MAX_CHECKS;
  }
  return { items: shown, next: after };
}
