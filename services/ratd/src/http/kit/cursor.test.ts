import fc from "fast-check";
import { expect, it } from "vitest";
import { RatError } from "../../errors.ts";
import { pageOf } from "./cursor.ts";

const order = { filters: ["runs", { state: "failed" }], keys: [/^[0-9]{1,6}$/] };
const keysOf = (row: number) => [String(row)];

it("walks a list to its end, whatever the size of a page", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(99_999)), fc.integer({ min: 1, max: 200 }), (values, limit) => {
      const all = values.toSorted((a, b) => a - b);
      const seen: number[] = [];
      let cursor: string | undefined;
      do {
        const page = pageOf({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) }, order);
        const after = Number(page.after?.[0] ?? -1);
        const rows = all.filter((value) => value > after).slice(0, limit + 1);
        const { items, nextCursor } = page.cut(rows, keysOf);
        seen.push(...items);
        cursor = nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual(all);
    }),
  );
});

it("has 50 items by default", () => {
  expect(pageOf({}, order)).toMatchObject({ limit: 50, after: undefined });
});

it.each(["0", "201", "999"])("refuses a limit of %s", (limit) => {
  expect(() => pageOf({ limit }, order)).toThrow("limit must be 1 to 200");
});

it("refuses the cursor of other filters", () => {
  const { nextCursor } = pageOf({ limit: "1" }, order).cut([1, 2], keysOf);
  const cursor = nextCursor ?? "";
  expect(pageOf({ cursor }, order).after).toEqual(["1"]);
  const others = { ...order, filters: ["runs", { state: "success" }] };
  expect(() => pageOf({ cursor }, others)).toThrow(RatError);
});

it("refuses what it never gave", () => {
  const { nextCursor } = pageOf({ limit: "1" }, order).cut([1, 2], keysOf);
  const [tie] = JSON.parse(Buffer.from(nextCursor ?? "", "base64url").toString()) as unknown[];
  const forged = [[tie], [tie, "1", "2"], [tie, 1], [tie, "\0"], [tie, "x"], {}, 7].map((value) =>
    Buffer.from(JSON.stringify(value)).toString("base64url"),
  );
  for (const cursor of ["", "x", "%%%", ...forged]) {
    expect(() => pageOf({ cursor }, order), cursor).toThrow("The cursor belongs");
  }
});
