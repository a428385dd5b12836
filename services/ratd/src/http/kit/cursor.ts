import { createHash } from "node:crypto";
import { Type } from "typebox";
import { RatError } from "../../errors.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
/** Bytes of the hash that ties a cursor to its list and filters. */
const TIE_BYTES = 9;

/** The query parameters of every list that comes in pages. */
export const pageQuery = {
  limit: Type.Optional(
    Type.String({
      description: `Items of one page: 1 to ${MAX_LIMIT}, default ${DEFAULT_LIMIT}.`,
      pattern: "^[0-9]{1,3}$",
    }),
  ),
  cursor: Type.Optional(
    Type.String({ description: "`next_cursor` of the page before, with the same filters.", maxLength: 4096 }),
  ),
};

/** Those parameters, as a request has them. */
export interface PageQuery {
  readonly limit?: string;
  readonly cursor?: string;
}

/** `next_cursor` of the answer of such a list: null on the last page. */
export const nextCursor = Type.Union([Type.String(), Type.Null()]);

/** What a list is and how it is sorted. */
export interface ListOrder {
  /** Names the list and everything that chooses its items: a cursor of another list or filter is refused. */
  readonly filters: readonly unknown[];
  /** The form of each sort key. The keys of an item are unique and never change. */
  readonly keys: readonly RegExp[];
}

/** One page that a caller asks for. */
export interface PageRequest {
  readonly limit: number;
  /** Sort keys of the last item seen; undefined on the first page. */
  readonly after: readonly string[] | undefined;
  /** Cuts the `limit + 1` rows that a store answered, and makes the cursor of the next page: null at the end. */
  cut<Row>(
    rows: readonly Row[],
    keysOf: (row: Row) => readonly string[],
  ): { readonly items: readonly Row[]; readonly nextCursor: string | null };
  /** The cursor of what follows the item with these sort keys; null for undefined, at the end. */
  cursorAfter(keys: readonly string[] | undefined): string | null;
}

/**
 * Reads `limit` and `cursor`.
 *
 * @throws RatError bad_request for a limit out of range and for a cursor that this list did not give
 */
export function pageOf(query: PageQuery, { filters, keys }: ListOrder): PageRequest {
  const limit = query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit);
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new RatError("bad_request", `limit must be 1 to ${MAX_LIMIT}, not ${limit}.`);
  }
  const tie = createHash("sha256")
    .update(JSON.stringify(filters))
    .digest()
    .subarray(0, TIE_BYTES)
    .toString("base64url");
  const cursorAfter = (after: readonly string[] | undefined) =>
    after === undefined ? null : Buffer.from(JSON.stringify([tie, ...after])).toString("base64url");
  return {
    limit,
    cursorAfter,
    after: query.cursor === undefined ? undefined : parseCursor(query.cursor, tie, keys),
    cut(rows, keysOf) {
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      if (rows.length <= limit || last === undefined) return { items, nextCursor: null };
      return { items, nextCursor: cursorAfter(keysOf(last)) };
    },
  };
}

function parseCursor(cursor: string, tie: string, keys: readonly RegExp[]): readonly string[] {
  const [given, ...after] = readJson(Buffer.from(cursor, "base64url").toString());
  const strings = after.filter((key): key is string => typeof key === "string");
  if (
    given !== tie ||
    after.length !== keys.length ||
    !keys.every((form, n) => form.test(strings[n] ?? "\0"))
  ) {
    throw new RatError(
      "bad_request",
      "The cursor belongs to another list or to other filters; start without one.",
    );
  }
  return strings;
}

function readJson(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
