import { describe, expect, it } from "vitest";
import { createManualClock } from "../../../../tests/support/manual-clock.ts";
import { MemoryProber } from "../../../../tests/support/memory-prober.ts";
import { HealthMonitor } from "./health-monitor.ts";

const INTERVAL_MS = 30_000;

function monitor(failureThreshold = 1) {
  const clock = createManualClock();
  const prober = new MemoryProber();
  const seen: string[] = [];
  const watched = new HealthMonitor({
    prober,
    times: { intervalMs: INTERVAL_MS, failureThreshold },
    clock,
    random: () => 0,
    onHealth: ({ status }) => seen.push(status),
  });
  /** Lets time pass in small steps, so that what follows from a check happens before the next is due. */
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 50) {
      clock.advance(Math.min(50, left));
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, prober, watched, seen, pass };
}

describe("HealthMonitor", () => {
  it("asks again after the interval while all is well", async () => {
    const { prober, watched, seen, pass } = monitor();
    await watched.checkNow();
    await pass(INTERVAL_MS - 100);
    expect(prober.probes).toHaveLength(1);
    await pass(200);
    expect(prober.probes).toHaveLength(2);
    expect(seen).toEqual(["healthy", "healthy"]);
  });

  it("looks at once when somebody is gone, and sees the return within a second", async () => {
    const { prober, watched, seen, pass } = monitor();
    await watched.checkNow();
    await pass(5_000);
    prober.become("gone");
    await pass(50);
    expect(seen.at(-1)).toBe("down");
    await pass(10_000);
    prober.become("well");
    await pass(1_000);
    expect(seen.at(-1)).toBe("healthy");
  });

  it("confirms a failure before it counts, as often as the threshold says", async () => {
    const { prober, watched, pass } = monitor(2);
    await watched.checkNow();
    prober.become("hanging");
    await watched.checkNow();
    expect(prober.probes).toHaveLength(3);
    expect(watched.health.status).toBe("healthy");
    await pass(INTERVAL_MS);
    expect(watched.health.status).toBe("down");
  });

  it("asks what is missing sooner than the rest, which keeps its interval", async () => {
    const { prober, watched, pass } = monitor();
    prober.incomplete = true;
    await watched.checkNow();
    await pass(10_000);
    expect(prober.probes.slice(1).length).toBeGreaterThan(5);
    expect(new Set(prober.probes.slice(1).map(({ scope }) => scope))).toEqual(new Set(["missing"]));
    await pass(INTERVAL_MS);
    expect(prober.probes.filter(({ scope }) => scope === "all")).toHaveLength(2);
  });

  it("is not driven to ask without end by connections that close after each answer", async () => {
    const { prober, watched, pass } = monitor();
    await watched.checkNow();
    for (let closed = 0; closed < 100; closed += 1) {
      prober.hint("lost");
      await pass(100);
    }
    expect(prober.probes.length).toBeLessThan(15);
  });

  it("asks no more once it was disposed of", async () => {
    const { prober, watched, seen, pass } = monitor();
    await watched.checkNow();
    watched[Symbol.dispose]();
    prober.hint("gone");
    await pass(2 * INTERVAL_MS);
    expect(prober.probes).toHaveLength(1);
    expect(seen).toEqual(["healthy"]);
  });
});
