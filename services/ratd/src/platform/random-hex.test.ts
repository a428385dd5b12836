import { expect, it } from "vitest";
import { randomHex } from "./random-hex.ts";

it("gives other digits each time, as many as asked for", () => {
  const seen = new Set(Array.from({ length: 5000 }, () => randomHex(16)));
  expect(seen.size).toBe(5000);
  for (const text of seen) expect(text).toMatch(/^[0-9a-f]{32}$/);
});
