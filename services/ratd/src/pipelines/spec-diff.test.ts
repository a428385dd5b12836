import fc from "fast-check";
import { expect, it } from "vitest";
import { diffJson } from "./spec-diff.ts";

it("names the smallest parts that differ", () => {
  const from = { kind: "command", spec: { argv: ["a", "b"], env: { A: "1", "x/y~": "2" } }, priority: 0 };
  const to = { kind: "command", spec: { argv: ["a", "c", "d"], env: { A: "1" } }, priority: 5 };
  expect(diffJson(from, to)).toEqual([
    { path: "/spec/argv/1", from: "b", to: "c" },
    { path: "/spec/argv/2", from: null, to: "d" },
    { path: "/spec/env/x~1y~0", from: "2", to: null },
    { path: "/priority", from: 0, to: 5 },
  ]);
});

it("shows a value that became a tree as a whole", () => {
  expect(diffJson({ a: 1 }, { a: [1] })).toEqual([{ path: "/a", from: 1, to: [1] }]);
  expect(diffJson({ a: { 0: 1 } }, { a: [1] })).toEqual([{ path: "/a", from: { 0: 1 }, to: [1] }]);
});

it("finds nothing between equal values, and something between others", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      expect(diffJson(one, structuredClone(one))).toEqual([]);
      const [a, b] = [JSON.stringify({ one }), JSON.stringify({ one: other })];
      fc.pre(a !== b && !a.includes("null") && !b.includes("null") && !/[[{]/.test(a.slice(7) + b.slice(7)));
      expect(diffJson({ one }, { one: other })).toHaveLength(1);
    }),
  );
});
