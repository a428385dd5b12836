import { parseAnswer, type Answer, type Body } from "./answer.ts";
import type { Routes } from "./gen/api.ts";
import type { RawRequest, Transport } from "./transport.ts";

/** What a request may carry beside its body. */
export type CallOptions = Pick<RawRequest, "headers" | "signal" | "timeoutMs" | "content">;

/** Calls a route; `path` is its path with the parameters filled in. */
export type Call = <Route extends keyof Routes>(
  route: Route,
  path: string,
  body?: Body<Route>,
  options?: CallOptions,
) => Promise<Answer<Route>>;

/** Sends through `transport` and checks the answers. */
export function createCall(transport: Transport, address: string): Call {
  return async (route, path, body, options) => {
    const method = route.slice(0, route.indexOf(" "));
    return parseAnswer(route, address, await transport.send({ method, path, body, ...options }));
  };
}

/** The query of a URL; empty when nothing is set. */
export function query(filter: Readonly<Record<string, string | number | undefined>>): string {
  const set = Object.entries(filter).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)] as const],
  );
  return set.length === 0 ? "" : `?${new URLSearchParams(Object.fromEntries(set)).toString()}`;
}

/** `text` as one part of a path. */
export const part = encodeURIComponent;

const LARGEST_PAGE = 200;

/** Walks through the pages of a list until its end, or until `limit` items. */
export async function collect<Item>(
  limit: number,
  page: (query: {
    readonly limit: string;
    readonly cursor: string | undefined;
  }) => Promise<{ readonly items: readonly Item[]; readonly next_cursor: string | null }>,
): Promise<readonly Item[]> {
  const found: Item[] = [];
  let cursor: string | undefined;
  while (found.length < limit) {
    const size = Math.min(LARGEST_PAGE, limit - found.length);
    const { items, next_cursor: next } = await page({ limit: String(size), cursor });
    found.push(...items);
    if (next === null) break;
    cursor = next;
  }
  return found.slice(0, limit);
}
