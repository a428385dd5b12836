import { expect, test } from "vitest";
import { HealthReporter } from "./health-reporter.ts";

test("tells the health at once, then each change, and ends with draining", async () => {
  const health = new HealthReporter();
  health.degraded("keys are old");
  const seen: string[] = [];
  const watching = (async () => {
    for await (const { status, message } of health.watch(new AbortController().signal)) {
      seen.push(`${status}: ${message}`);
      if (seen.length === 1) {
        health.degraded("keys are old");
        health.down("no keys");
        health.healthy();
        health.drain();
      }
    }
  })();
  await watching;
  expect(seen).toEqual(["degraded: keys are old", "down: no keys", "healthy: ", "degraded: draining"]);
});

test("what the handlers said returns when the configuration is there", () => {
  const health = new HealthReporter();
  health.waiting(true);
  health.down("no upstream");
  expect(health.current()).toEqual({ status: "down", message: "waiting for its configuration" });
  health.waiting(false);
  expect(health.current()).toEqual({ status: "down", message: "no upstream" });
});

test("stops watching when the watcher leaves", async () => {
  const leave = new AbortController();
  const readings = new HealthReporter().watch(leave.signal);
  await readings.next();
  const last = readings.next();
  leave.abort();
  expect(await last).toEqual({ done: true, value: undefined });
});
