import { describe, expect, it } from "vitest";
import { FRESH_MS, Freshness } from "./freshness.ts";

describe("Freshness", () => {
  it("is gone as soon as one source has been silent for too long", () => {
    let now = 0;
    const freshness = new Freshness({ monotonic: () => now });
    expect(freshness.fresh).toBe(true);
    const database = freshness.source();
    expect(freshness.fresh).toBe(false);
    const stream = freshness.source();
    database.heard(0);
    expect(freshness.fresh).toBe(false);
    stream.heard(100);
    expect(freshness.fresh).toBe(true);
    now = FRESH_MS;
    expect(freshness.fresh).toBe(false);
    database.heard(FRESH_MS);
    now = FRESH_MS + 99;
    expect(freshness.fresh).toBe(true);
    now = FRESH_MS + 100;
    expect(freshness.fresh).toBe(false);
    stream.remove();
    expect(freshness.fresh).toBe(true);
    stream.heard(now);
    now = 2 * FRESH_MS;
    expect(freshness.fresh).toBe(false);
  });
});
