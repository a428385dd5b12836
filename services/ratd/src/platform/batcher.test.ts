import { expect, test } from "vitest";
import { Batcher } from "./batcher.ts";

test("what comes while a call is under way goes along with the next one", async () => {
  const calls: number[][] = [];
  const gates: (() => void)[] = [];
  const batcher = new Batcher<number, number>(async (items) => {
    calls.push([...items]);
    await new Promise<void>((resolve) => gates.push(resolve));
    return items.map((item) => item * 2);
  }, 3);
  const first = batcher.add(1);
  await Promise.resolve();
  const others = [2, 3, 4, 5].map((item) => batcher.add(item));
  gates[0]?.();
  expect(await first).toBe(2);
  while (gates.length < 2) await Promise.resolve();
  gates[1]?.();
  expect(await Promise.all(others.slice(0, 3))).toEqual([4, 6, 8]);
  while (gates.length < 3) await Promise.resolve();
  gates[2]?.();
  expect(await others[3]).toBe(10);
  expect(calls).toEqual([[1], [2, 3, 4], [5]]);
});

test("a failed call fails its own items only", async () => {
  let calls = 0;
  const batcher = new Batcher<number, number>((items) => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error("away")) : Promise.resolve(items.map((item) => item));
  }, 1);
  const results = await Promise.allSettled([batcher.add(1), batcher.add(2)]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});
