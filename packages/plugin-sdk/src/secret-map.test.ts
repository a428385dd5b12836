import { expect, test } from "vitest";
import { SecretMap } from "./secret-map.ts";

test("finds what stands behind a secret, and nothing behind any other text", () => {
  const map = new SecretMap([
    ["first", 1],
    ["sëcond", 2],
  ]);
  expect(["first", "sëcond"].map((secret) => map.get(secret))).toEqual([1, 2]);
  expect(["", "firs", "first ", "FIRST", "__proto__"].map((secret) => map.get(secret))).toEqual(
    Array.from({ length: 5 }),
  );
});

test("an empty secret opens nothing, and the later of two values counts", () => {
  const map = new SecretMap([
    ["", 1],
    ["same", 2],
    ["same", 3],
  ]);
  expect([map.get(""), map.get("same"), map.size]).toEqual([undefined, 3, 1]);
});
