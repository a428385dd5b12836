import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { canonicalJson, CanonicalJsonError } from "./canonical-json.ts";

describe("the examples of RFC 8785", () => {
  it("section 3.2.3: members in the order of UTF-16 code units", () => {
    const value = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    expect([...canonicalJson(value).matchAll(/:"(.*?)"/g)].map(([, name]) => name)).toEqual([
      "Carriage Return",
      "One",
      "Control",
      "Latin Small Letter O With Diaeresis",
      "Euro Sign",
      "Emoji: Grinning Face",
      "Hebrew Letter Dalet With Dagesh",
    ]);
  });

  it("section 3.2.2: literals, numbers and texts", () => {
    const value = {
      numbers: JSON.parse("[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]") as unknown,
      string: "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it.each([
    [0, "0"],
    [-0, "0"],
    [5e-324, "5e-324"],
    [-1.7976931348623157e308, "-1.7976931348623157e+308"],
    [9007199254740992, "9007199254740992"],
    [295147905179352830000, "295147905179352830000"],
    [9.999999999999997e22, "9.999999999999997e+22"],
    [1e23, "1e+23"],
    [0.000001, "0.000001"],
    [1e-7, "1e-7"],
  ])("appendix B: %d", (number, text) => {
    expect(canonicalJson(number)).toBe(text);
  });
});

/** The same value with the members of each object in another order. */
function shuffled(value: unknown, turn: (count: number) => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, turn));
  if (typeof value !== "object" || value === null) return value;
  const left = Object.entries(value);
  const members: [string, unknown][] = [];
  while (left.length > 0) {
    const [member] = left.splice(turn(left.length), 1);
    if (member !== undefined) members.push([member[0], shuffled(member[1], turn)]);
  }
  return Object.fromEntries(members);
}

const anyValue = fc.jsonValue({ noUnicodeString: false, maxDepth: 4 });

test("the order of members does not matter, and nothing of the value is lost", () => {
  fc.assert(
    fc.property(anyValue, fc.infiniteStream(fc.nat()), (value, numbers) => {
      const text = canonicalJson(value);
      const again = shuffled(value, (count) => (numbers.next().value ?? 0) % count);
      expect(canonicalJson(again)).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      // What was stored and read back has the same text.
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(canonicalJson(structuredClone(value))).toBe(text);
    }),
  );
});

test("different values have different texts", () => {
  fc.assert(
    fc.property(anyValue, anyValue, (one, other) => {
      const same = canonicalJson(one) === canonicalJson(other);
      const equal = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
      if (same) expect(equal(one)).toEqual(equal(other));
      else expect(equal(one)).not.toEqual(equal(other));
    }),
  );
});

test("the members of every object are in the order of their code units", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.integer()), (value) => {
      const names = [...canonicalJson(value).matchAll(/("(?:[^"\\]|\\.)*"):/g)].map(
        ([, name]) => JSON.parse(name ?? "") as string,
      );
      expect(names).toEqual(Object.keys(value).toSorted());
    }),
  );
});

test("what stands in two places is no cycle", () => {
  const shared = { a: 1 };
  expect(canonicalJson([shared, { shared }])).toBe('[{"a":1},{"shared":{"a":1}}]');
  expect(canonicalJson(Object.assign(Object.create(null) as object, { b: 1, a: 2 }))).toBe('{"a":2,"b":1}');
});

describe("refuses, and says where", () => {
  const cycle: { self?: unknown } = {};
  cycle.self = [cycle];
  it.each<[string, unknown, string]>([
    ["NaN", { a: [0, Number.NaN] }, "$.a[1] is NaN, not a finite number"],
    ["an infinity", -Infinity, "$ is -Infinity, not a finite number"],
    ["undefined", { a: undefined }, "$.a is undefined, which JSON does not have"],
    ["a hole", [1, , 2], "$[1] is undefined, which JSON does not have"], // oxlint-disable-line no-sparse-arrays
    ["a bigint", { n: 1n }, "$.n is bigint, which JSON does not have"],
    ["a function", [() => 1], "$[0] is function, which JSON does not have"],
    ["a symbol", { s: Symbol("x") }, "$.s is symbol, which JSON does not have"],
    ["half a surrogate pair", { a: "\ud83d" }, "$.a holds half of a surrogate pair"],
    ["half a pair in a name", { "\ude00": 1 }, "$.\ude00 holds half of a surrogate pair"],
    ["a cycle", cycle, "$.self[0] contains itself"],
    ["a date", { at: new Date(0) }, "$.at is neither a plain object nor a list"],
    ["a map", new Map(), "$ is neither a plain object nor a list"],
  ])("%s", (_name, value, message) => {
    expect(() => canonicalJson(value)).toThrow(CanonicalJsonError);
    expect(() => canonicalJson(value)).toThrow(message);
  });
});
