import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../../../tests/support/manual-clock.ts";
import type { HealthStatus } from "../health.ts";
import { HistoryState } from "./history-state.ts";

function setup(limits?: { perPlugin: number; overall: number }) {
  const clock = createManualClock();
  const state = new HistoryState(clock, limits);
  for (const plugin of ["auth", "cloud"]) state.begin(plugin);
  const report = (plugin: string, status: HealthStatus, message = "") =>
    state.record({ plugin, status, message, checkedAt: new Date(clock.now()) });
  return { clock, state, report };
}

describe("a plugin that begins", () => {
  test("has status unknown and no health check", () => {
    const { state } = setup();
    expect(state.get("auth")).toMatchObject({ status: "unknown", lastHealth: null });
  });

  test("keeps the version and the last check that the database knows, not the status", () => {
    const { state } = setup();
    const auth = state.get("auth");
    if (auth === undefined) throw new Error("auth has begun");
    const long = new Date("2020-01-01T00:00:00Z");
    state.merge([
      { ...auth, version: "1.2.3", status: "down", lastHealth: long },
      { ...auth, plugin: "gone", status: "down" },
    ]);
    expect(state.get("auth")).toMatchObject({ version: "1.2.3", status: "unknown", lastHealth: long });
    expect(state.get("gone")).toMatchObject({ status: "down" });
  });

  test("is unknown again when it begins again", () => {
    const { state, report } = setup();
    report("auth", "healthy");
    state.begin("auth");
    expect(state.get("auth")?.status).toBe("unknown");
  });
});

describe("health", () => {
  test("every check moves lastHealth; only a change of status moves statusSince", () => {
    const { state, clock, report } = setup();
    report("auth", "healthy");
    const since = state.get("auth")?.statusSince;
    clock.advance(30_000);
    report("auth", "healthy");
    expect(state.get("auth")?.lastHealth).toEqual(new Date(clock.now()));
    expect(state.get("auth")?.statusSince).toEqual(since);
  });

  test("ignores plugins that have not begun or have ended", () => {
    const { state, report } = setup();
    state.end("cloud");
    report("nobody", "down");
    report("cloud", "down");
    expect(state.get("nobody")).toBeUndefined();
    expect(state.get("cloud")?.status).toBe("unknown");
  });

  test("makes what plugins say fit for the store", () => {
    const { state, report } = setup();
    report("auth", "degraded", `a\0b${"x".repeat(5_000)}`);
    state.record({ plugin: "cloud", status: "down", message: "", checkedAt: new Date(Number.NaN) });
    expect(state.get("auth")?.message).toMatch(/^abx{998}$/);
    expect(state.get("cloud")?.lastHealth?.getTime()).not.toBeNaN();
  });
});

describe("history", () => {
  test("gives the store one net change a second of a plugin that flaps", () => {
    const { state, clock, report } = setup();
    const stored: string[] = [];
    for (let i = 0; i < 51; i += 1) {
      report("auth", i % 2 === 0 ? "down" : "healthy", `no ${i}`);
      clock.advance(200);
      stored.push(...state.take(false).events.map((event) => `${event.from}>${event.to}`));
    }
    clock.advance(1_000);
    stored.push(...state.take(false).events.map((event) => `${event.from}>${event.to}`));
    expect(stored.length).toBeLessThanOrEqual(11);
    expect(stored[0]).toBe("unknown>down");
    const ends = stored.map((change) => change.split(">"));
    expect(ends.slice(1).map(([from]) => from)).toEqual(ends.slice(0, -1).map(([, to]) => to));
    expect(ends.at(-1)?.[1]).toBe("down");
  });

  test("drops a change that was undone within its second", () => {
    const { state, clock, report } = setup();
    report("auth", "healthy");
    report("auth", "down");
    report("auth", "healthy");
    clock.advance(5_000);
    expect(state.take(false).events).toHaveLength(1);
    expect(state.pending).toBe(false);
  });

  test("is bounded per plugin and overall, oldest first out, and counts the loss", () => {
    const { state, clock, report } = setup({ perPlugin: 3, overall: 5 });
    for (let i = 0; i < 10; i += 1) {
      clock.advance(1_000);
      report("auth", i % 2 === 0 ? "down" : "healthy", `a${i}`);
      report("cloud", i % 2 === 0 ? "down" : "healthy", `c${i}`);
    }
    expect(state.droppedEvents).toBe(15);
    expect(state.take(true).events).toHaveLength(5);
    expect(state.remembered("auth")).toHaveLength(0);
  });

  test("comes back from a batch that the store did not take, in order", () => {
    const { state, clock, report } = setup();
    report("auth", "healthy");
    const batch = state.take(false);
    clock.advance(2_000);
    report("auth", "down");
    state.restore(batch);
    expect(state.unstored("auth").map((event) => event.to)).toEqual(["down", "healthy"]);
    const again = state.take(false);
    expect(again.records.find(({ plugin }) => plugin === "auth")?.status).toBe("down");
    expect(again.events.map((event) => event.to)).toEqual(["healthy", "down"]);
  });
});
