import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventBus } from "./event-bus.ts";

describe("EventBus", () => {
  it("gives events their id, time and object", () => {
    const bus = new EventBus(() => 0, "b1");
    const heard: unknown[] = [];
    const stop = bus.subscribe((event) => heard.push(event));
    bus.publish("slots", "slot.active", "auth", { from: "unknown" });
    stop();
    bus.publish("slots", "slot.fallback", "auth", {});
    expect(heard).toEqual([
      {
        id: "b1-1",
        topic: "slots",
        type: "slot.active",
        data: { at: "1970-01-01T00:00:00.000Z", object: "auth", from: "unknown" },
      },
    ]);
  });

  it("resumes without a gap and without a repetition, or says that it cannot", () => {
    fc.assert(
      fc.property(fc.nat(2500), fc.nat(2600), (published, seen) => {
        const bus = new EventBus(() => 0, "b1");
        for (let n = 0; n < published; n++) bus.publish("plugins", "plugin.health.down", "p", {});
        const missed = bus.since(`b1-${seen}`);
        const kept = Math.min(published, 1000);
        if (seen > published || seen < published - kept) expect(missed).toBeUndefined();
        else
          expect(missed?.map(({ id }) => id)).toEqual(
            Array.from({ length: published - seen }, (_, n) => `b1-${seen + n + 1}`),
          );
      }),
      { numRuns: 60 },
    );
  });

  it.each(["b0-1", "", "b1", "b1--1", "b1-1.5", "b1-99999999999999999999", "x".repeat(1000)])(
    "does not know %j",
    (id) => {
      const bus = new EventBus(() => 0, "b1");
      bus.publish("slots", "slot.active", "auth", {});
      expect(bus.since(id)).toBeUndefined();
    },
  );
});
