import { expect, test } from "vitest";
import { safeEqual } from "./safe-equal.ts";

test.each([
  ["same", "same", true],
  ["same", "other", false],
  ["short", "a much longer text", false],
  ["ä", "ä", true],
  ["", "", false],
  [undefined, undefined, false],
  [undefined, "x", false],
])("safeEqual(%j, %j) is %j, whatever the lengths", (a, b, equal) => {
  expect(safeEqual(a, b)).toBe(equal);
});
