import { describe, expect, it } from "vitest";
import type { Observation } from "./health.ts";
import { HealthTracker } from "./health-tracker.ts";

const healthy: Observation = { kind: "answer", status: "healthy", message: "" };
const failed: Observation = { kind: "failed", message: "no answer in time" };
const refused: Observation = { kind: "refused", message: "connection refused" };

/** Statuses after each observation; `confirm` where a second check is asked for. */
function follow(threshold: number, observations: readonly Observation[]): string[] {
  const tracker = new HealthTracker(threshold, 0);
  return observations.map((observation, index) => {
    const verdict = tracker.observe(observation, index + 1);
    return verdict.kind === "confirm" ? "confirm" : verdict.health.status;
  });
}

describe("HealthTracker", () => {
  it("is unknown before the first check", () => {
    expect(new HealthTracker(1, 7).health).toEqual({
      status: "unknown",
      message: "not yet checked",
      since: 7,
      checkedAt: undefined,
    });
  });

  it("takes a refusal at once, whatever the threshold", () => {
    expect(follow(3, [healthy, refused])).toEqual(["healthy", "down"]);
  });

  it("wants a failure confirmed before it counts", () => {
    expect(follow(1, [healthy, failed, failed])).toEqual(["healthy", "confirm", "down"]);
    expect(follow(1, [healthy, failed, healthy])).toEqual(["healthy", "confirm", "healthy"]);
  });

  it("counts confirmed failures in a row up to the threshold", () => {
    expect(follow(2, [healthy, failed, failed, failed, failed])).toEqual([
      "healthy",
      "confirm",
      "healthy",
      "confirm",
      "down",
    ]);
    expect(follow(2, [healthy, failed, failed, healthy, failed, failed])).toEqual([
      "healthy",
      "confirm",
      "healthy",
      "healthy",
      "confirm",
      "healthy",
    ]);
  });

  it("comes back with one good answer, and confirms nothing while down", () => {
    expect(follow(1, [refused, failed, failed, healthy])).toEqual(["down", "down", "down", "healthy"]);
  });

  it("keeps the moment at which a status began", () => {
    const tracker = new HealthTracker(1, 0);
    tracker.observe(healthy, 10);
    tracker.observe(healthy, 20);
    expect(tracker.health).toMatchObject({ since: 10, checkedAt: 20 });
  });
});
