import { createCipheriv, createDecipheriv } from "node:crypto";
import { Type } from "typebox";
import { RatError } from "../../errors.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

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

/** What pages need. */
export interface PagesDeps {
  /** The key that seals cursors, 32 bytes, shared by all replicas. */
  readonly key: () => Promise<Uint8Array>;
  /** As `randomBytes` of node:crypto. */
  readonly randomBytes: (size: number) => Uint8Array;
}

/**
 * The pages of lists. A cursor holds the place where the next page begins, which may be a thing that its holder may not
 * know of: it is sealed, so that nobody reads one or makes one.
 */
export class Pages {
  readonly #deps: PagesDeps;

  constructor(deps: PagesDeps) {
    this.#deps = deps;
  }

  /**
   * Reads `limit` and `cursor`.
   *
   * @throws RatError bad_request for a limit out of range and for a cursor that this list did not give;
   *   database_unavailable
   */
  async of(query: PageQuery, { filters, keys }: ListOrder): Promise<PageRequest> {
    const limit = query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit);
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new RatError("bad_request", `limit must be 1 to ${MAX_LIMIT}, not ${limit}.`);
    }
    const key = await this.#deps.key();
    // A cursor opens for the list and the filters that gave it, and for no other.
    const list = JSON.stringify(filters);
    const cursorAfter = (after: readonly string[] | undefined) =>
      after === undefined ? null : seal(JSON.stringify(after), list, key, this.#deps.randomBytes);
    return {
      limit,
      cursorAfter,
      after: query.cursor === undefined ? undefined : keysIn(open(query.cursor, list, key), keys),
      cut(rows, keysOf) {
        const items = rows.slice(0, limit);
        const last = items.at(-1);
        if (rows.length <= limit || last === undefined) return { items, nextCursor: null };
        return { items, nextCursor: cursorAfter(keysOf(last)) };
      },
    };
  }
}

function seal(text: string, list: string, key: Uint8Array, randomBytes: PagesDeps["randomBytes"]): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(list));
  const sealed = [nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(sealed).toString("base64url");
}

/** Undefined for what was not sealed for this list under this key. */
function open(cursor: string, list: string, key: Uint8Array): string | undefined {
  const sealed = Buffer.from(cursor, "base64url");
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const end = sealed.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(list)).setAuthTag(sealed.subarray(end));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}

/** The sort keys in what was sealed. A newer replica may sort by others. */
function keysIn(text: string | undefined, forms: readonly RegExp[]): readonly string[] {
  const found = text === undefined ? [] : (JSON.parse(text) as readonly string[]);
  if (found.length === forms.length && forms.every((form, at) => form.test(found[at] ?? "\0"))) return found;
  throw new RatError(
    "bad_request",
    "The cursor belongs to another list or to other filters; start without one.",
  );
}
