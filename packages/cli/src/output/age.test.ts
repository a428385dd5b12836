import { expect, test } from "vitest";
import { formatAge, formatSpan } from "./age.ts";

test.each([
  [0, "0s"],
  [59, "59s"],
  [60, "1m"],
  [3_599, "59m"],
  [7_200, "2h"],
  [86_400 * 12 + 5, "12d"],
  [-3, "0s"],
])("%i seconds are %s", (seconds, text) => {
  expect(formatSpan(seconds)).toBe(text);
});

test("an absent or broken time has no age", () => {
  expect([formatAge(null, 0), formatAge("yesterday", 0)]).toEqual([null, null]);
});
