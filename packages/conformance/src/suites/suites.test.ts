import { expect, test } from "vitest";
import { suites } from "./suites.ts";

test.each(Object.entries(suites))(
  "the cases of %s have names of their own and run from core to robust",
  (_slot, cases) => {
    const names = cases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const levels = cases.map(({ level }) => ["core", "slot", "robust"].indexOf(level));
    expect(levels).toEqual(levels.toSorted((a, b) => a - b));
    expect(names.every((name) => /^[a-z]+\/[a-z0-9-]+$/.test(name))).toBe(true);
  },
);
