import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

test.each([
  ["500ms", 500],
  ["60s", 60_000],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["0s", undefined],
  ["60", undefined],
  ["-1s", undefined],
  ["1.5s", undefined],
])("the duration %s is %s ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
