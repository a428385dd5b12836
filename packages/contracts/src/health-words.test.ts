import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { HEALTH_WORDS } from "./health-words.ts";

test("the words are those that the contract names", () => {
  const proto = readFileSync(new URL("../../../proto/plugin/v1/plugin.proto", import.meta.url), "utf8");
  const named = /\/\/ Exactly (?<words>.*?)\. Empty or any other text counts as unknown/.exec(proto)?.groups;
  expect([...(named?.["words"] ?? "").matchAll(/"(\w+)"/g)].map(([, word]) => word)).toEqual([
    ...HEALTH_WORDS,
  ]);
});
