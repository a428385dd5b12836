import { expect, test } from "vitest";
import { createManualClock } from "../../../../../tests/support/manual-clock.ts";
import { silentLogger } from "../logger.ts";
import { DatabaseMonitor } from "./database-monitor.ts";

function setup() {
  const clock = createManualClock();
  const state = { up: true, pings: 0 };
  const monitor: DatabaseMonitor = new DatabaseMonitor({
    clock,
    logger: silentLogger,
    ping: () => {
      state.pings += 1;
      if (state.up) monitor.succeeded();
      else monitor.failed("refused");
      return Promise.resolve();
    },
  });
  const changes: string[] = [];
  monitor.onChange(({ state, message }) => changes.push(`${state}: ${message}`));
  /** Moves on in small steps, so that a ping's promise settles in between. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50);
      await Promise.resolve().then(() => Promise.resolve());
    }
  };
  return { clock, state, monitor, changes, pass };
}

test("is down until the first answer, and tells each change once", async () => {
  const { state, monitor, changes, pass } = setup();
  expect(monitor.status().state).toBe("down");
  monitor.start();
  await pass(10_000);
  state.up = false;
  await pass(5_000);
  state.up = true;
  await pass(2_000);
  expect(changes).toEqual([
    "healthy: The database answers.",
    "down: refused",
    "healthy: The database answers.",
  ]);
});

test("pings a silent healthy database every three seconds, a dead one every second", async () => {
  const { state, monitor, pass } = setup();
  monitor.start();
  await pass(30_000);
  expect(state.pings).toBeGreaterThanOrEqual(9);
  expect(state.pings).toBeLessThanOrEqual(12);
  state.up = false;
  await pass(4_000);
  state.pings = 0;
  await pass(10_000);
  expect(state.pings).toBeGreaterThanOrEqual(9);
  expect(state.pings).toBeLessThanOrEqual(11);
});

test("says nothing after it was stopped", async () => {
  const { state, monitor, changes, pass } = setup();
  monitor.start();
  await pass(100);
  monitor.stop();
  state.pings = 0;
  monitor.failed("refused");
  await pass(10_000);
  expect(changes).toHaveLength(1);
  expect(state.pings).toBe(0);
});
