import { expect, test } from "vitest";
import type { Caller } from "./caller.ts";
import { aboutNamespace } from "./question.ts";
import { listReadable } from "./readable.ts";

const caller = {
  principal: { identity: { userId: "ada", email: "", roles: [] } },
  slots: { statuses: { enforcement: { servedBy: "plugin" } } },
} as unknown as Caller;

/** A list of `0 … count-1`, of which the caller may read those that `readable` names. */
function listOf(count: number, readable: readonly number[]) {
  const asked: number[] = [];
  const page = (limit: number, after?: string) =>
    listReadable(
      {
        decideAll: (_who, questions) => {
          asked.push(questions.length);
          return Promise.resolve(
            questions.map(({ resourceId }) => ({
              allowed: readable.includes(Number(resourceId)),
              reason: "",
            })),
          );
        },
      },
      caller,
      { limit, after: after === undefined ? undefined : [after] },
      {
        fetch: (wanted) => {
          const first = Number(wanted.after?.[0] ?? -1) + 1;
          const rows = Array.from({ length: count - first }, (_, at) => first + at);
          return Promise.resolve(rows.slice(0, wanted.limit + 1));
        },
        about: (item) => aboutNamespace("read", String(item)),
        keysOf: (item) => [String(item)],
      },
    );
  return { asked, page };
}

test("a page is full, or the list is at its end, whatever lies between", async () => {
  const { page } = listOf(200, [3, 90, 180]);
  expect(await page(2)).toEqual({ items: [3, 90], next: ["90"] });
  expect(await page(2, "90")).toEqual({ items: [180], next: undefined });
  expect(await listOf(200, []).page(2)).toEqual({ items: [], next: undefined });
});

test("a page looks at a bounded number of rows", async () => {
  const { asked, page } = listOf(100_000, [99_999]);
  const { items, next } = await page(10);
  expect(items).toEqual([]);
  expect(asked).toHaveLength(10);
  expect(Number(next?.[0])).toBe(asked.reduce((sum, count) => sum + count) - 1);
});
