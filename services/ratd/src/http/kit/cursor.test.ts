import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Pages } from "./cursor.ts";

const order = { filters: ["runs", { state: "failed" }], keys: [/^[0-9]{1,6}$/] };
const keysOf = (row: number) => [String(row)];
const pagesUnder = (key: Uint8Array) => new Pages({ key: () => Promise.resolve(key), randomBytes });
const pages = pagesUnder(randomBytes(32));

it("walks a list to its end, whatever the size of a page", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(99_999)),
      fc.integer({ min: 1, max: 200 }),
      async (values, limit) => {
        const all = values.toSorted((a, b) => a - b);
        const seen: number[] = [];
        let cursor: string | undefined;
        do {
          const query = { limit: String(limit), ...(cursor === undefined ? {} : { cursor }) };
          const page = await pages.of(query, order);
          const after = Number(page.after?.[0] ?? -1);
          const rows = all.filter((value) => value > after).slice(0, limit + 1);
          const { items, nextCursor } = page.cut(rows, keysOf);
          seen.push(...items);
          cursor = nextCursor ?? undefined;
        } while (cursor !== undefined);
        expect(seen).toEqual(all);
      },
    ),
  );
});

it("has 50 items by default", async () => {
  expect(await pages.of({}, order)).toMatchObject({ limit: 50, after: undefined });
});

it.each(["0", "201", "999"])("refuses a limit of %s", async (limit) => {
  await expect(pages.of({ limit }, order)).rejects.toThrow("limit must be 1 to 200");
});

it("tells nobody where it is", async () => {
  const cursor = (await pages.of({}, order)).cursorAfter(["123456"]) ?? "";
  const again = (await pages.of({}, order)).cursorAfter(["123456"]) ?? "";
  expect(Buffer.from(cursor, "base64url").toString("latin1")).not.toContain("123456");
  expect(again).not.toBe(cursor);
  expect((await pages.of({ cursor }, order)).after).toEqual(["123456"]);
});

it("refuses a cursor of other filters, of another key, of other sort keys, and what nobody gave", async () => {
  const cursor = (await pages.of({}, order)).cursorAfter(["1"]) ?? "";
  const bytes = Buffer.from(cursor, "base64url");
  const refused = [
    pages.of({ cursor }, { ...order, filters: ["runs", { state: "success" }] }),
    pages.of({ cursor }, { ...order, keys: [/^[a-z]+$/] }),
    pages.of({ cursor }, { ...order, keys: [/^1$/, /^1$/] }),
    pagesUnder(randomBytes(32)).of({ cursor }, order),
    ...["", "x", "%%%", "A".repeat(4096), bytes.subarray(0, -1).toString("base64url")].map((forged) =>
      pages.of({ cursor: forged }, order),
    ),
    // Each bit of it counts.
    ...Array.from(bytes, (byte, at) => {
      const changed = Buffer.from(bytes);
      changed[at] = byte ^ 1;
      return pages.of({ cursor: changed.toString("base64url") }, order);
    }),
  ];
  for (const outcome of await Promise.allSettled(refused)) {
    expect(outcome).toMatchObject({
      status: "rejected",
      reason: { code: "bad_request", message: expect.stringContaining("The cursor belongs") },
    });
  }
});
