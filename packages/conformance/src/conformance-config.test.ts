import { expect, test } from "vitest";
import { parseConformanceConfig } from "./conformance-config.ts";

test("reads what a run should know", () => {
  expect(parseConformanceConfig('{"token":"t","decisions":[]}')).toEqual({ token: "t", decisions: [] });
});

test.each([
  ['{"tokn":"t"}', "unknown key tokn"],
  ['{"token":1}', "token must be: text"],
  ['{"configure":[]}', "configure must be: object"],
  ["[]", "must be a JSON object"],
  ["{", "JSON"],
])("refuses %s", (text, message) => {
  expect(() => parseConformanceConfig(text)).toThrow(message);
});
