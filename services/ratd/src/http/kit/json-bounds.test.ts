import fc from "fast-check";
import { expect, it } from "vitest";
import { excessOf, MOST_LEVELS, MOST_VALUES } from "./json-bounds.ts";

it("takes what JSON.stringify makes of any value within the bounds", () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: "medium" }), (value) => {
      expect(excessOf(JSON.stringify(value))).toBeUndefined();
    }),
  );
});

it("does not look into texts", () => {
  const text = JSON.stringify({ text: '[{,\\"'.repeat(MOST_VALUES), last: "\\" });
  expect(excessOf(text)).toBeUndefined();
});

it.each([
  ["deep arrays", "[".repeat(MOST_LEVELS + 1), "nested deeper"],
  ["deep objects", '{"a":'.repeat(MOST_LEVELS + 1), "nested deeper"],
  [
    "many members",
    JSON.stringify(Object.fromEntries(Array.from({ length: MOST_VALUES }, (_, at) => [`k${at}`, 0]))),
    "more than",
  ],
  ["many elements", JSON.stringify(Array.from({ length: MOST_VALUES }, () => 0)), "more than"],
  ["many empty ones", `[${"[],".repeat(MOST_VALUES / 2)}[]]`, "more than"],
])("refuses %s", (_, json, reason) => {
  expect(excessOf(json)).toContain(reason);
});

it.each(['"', '"\\', '{"a":"\\"', "]]]]", "", "\u0000"])("leaves %j to the parser", (json) => {
  expect(excessOf(json)).toBeUndefined();
});
