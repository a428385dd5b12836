import { expect, test } from "vitest";
import { isoTime } from "./iso-time.ts";

test("writes moments as Date does, also when they go back", () => {
  const write = isoTime();
  const moments = [
    0, 7, 999, 1000, 1_795_000_000_042, 1_795_000_000_999, 1_795_000_001_000, 1_794_999_999_999,
  ];
  expect(moments.map(write)).toEqual(moments.map((at) => new Date(at).toISOString()));
});
