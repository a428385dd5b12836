import { expect, test } from "vitest";
import { createManualClock } from "../../../tests/support/manual-clock.ts";
import { RefreshedValue } from "./refreshed-value.ts";

test("a load that lasts longer than the cool-down is joined, not doubled", async () => {
  const clock = createManualClock();
  const pending = Promise.withResolvers<string>();
  let loads = 0;
  const load = (): Promise<string> => {
    loads++;
    return pending.promise;
  };
  const value = new RefreshedValue({ load, now: clock.now, cooldownMs: 1000, validMs: 10_000 });
  const first = value.refresh();
  clock.advance(5000);
  const second = value.refresh();
  pending.resolve("loaded");
  await Promise.all([first, second]);
  expect(loads).toBe(1);
  expect(value.value).toBe("loaded");
});

test("a value serves until it is too old, whatever became of later loads", async () => {
  const clock = createManualClock();
  const answers: (() => string)[] = [
    () => "one",
    () => {
      throw new Error("away");
    },
    () => "two",
  ];
  const load = async (): Promise<string> => answers.shift()?.() ?? "three";
  const value = new RefreshedValue({ load, now: clock.now, cooldownMs: 1000, validMs: 3000 });
  expect(value.value).toBeUndefined();
  await value.refresh();
  expect(value.refresh()).toBeUndefined();
  clock.advance(1000);
  await value.refresh();
  expect([value.value, value.failure]).toEqual(["one", expect.objectContaining({ message: "away" })]);
  clock.advance(1999);
  expect(value.value).toBe("one");
  clock.advance(1);
  expect(value.value).toBeUndefined();
  await value.refresh();
  expect([value.value, value.failure]).toEqual(["two", undefined]);
});
