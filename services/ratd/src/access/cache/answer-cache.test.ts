import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerCache, type Reusable } from "./answer-cache.ts";
import { BoundedMap } from "./bounded-map.ts";

interface Answer {
  readonly allowed: boolean;
}
const YES: Answer = { allowed: true };

function cacheAt(start = 0, limit = 100) {
  let now = start;
  let fresh = true;
  const cache = new AnswerCache<Answer>({
    clock: { monotonic: () => now },
    limit,
    fresh: () => fresh,
  });
  return {
    cache,
    at: (time: number) => (now = time),
    stale: (value: boolean) => (fresh = !value),
  };
}

const answered = (maxAgeMs: number) => () => Promise.resolve({ answer: YES, maxAgeMs });

describe("AnswerCache", () => {
  it("answers again at once, until the answer is too old", async () => {
    const { cache, at } = cacheAt();
    await cache.ask("k", answered(1000));
    at(999);
    expect(cache.get("k")).toBe(YES);
    at(1000);
    expect(cache.get("k")).toBeUndefined();
  });

  it("counts the age from the question, not from the answer", async () => {
    const { cache, at } = cacheAt();
    const { promise, resolve } = Promise.withResolvers<Reusable<Answer>>();
    const asked = cache.ask("k", () => promise);
    at(900);
    resolve({ answer: YES, maxAgeMs: 1000 });
    await asked;
    at(1000);
    expect(cache.get("k")).toBeUndefined();
  });

  it("asks one question once, however many wait for it", async () => {
    const { cache } = cacheAt();
    let asked = 0;
    const { promise, resolve } = Promise.withResolvers<Reusable<Answer>>();
    const ask = () => {
      asked++;
      return promise;
    };
    const waiting = Promise.all(Array.from({ length: 50 }, () => cache.ask("k", ask)));
    resolve({ answer: YES, maxAgeMs: 1000 });
    expect(new Set(await waiting)).toEqual(new Set([YES]));
    expect(asked).toBe(1);
  });

  it("keeps nothing that was asked before a purge, and lets nobody join it", async () => {
    const { cache } = cacheAt();
    const { promise, resolve } = Promise.withResolvers<Reusable<Answer>>();
    const before = cache.ask("k", () => promise);
    cache.purge();
    const after = cache.ask("k", () => Promise.resolve({ answer: { allowed: false }, maxAgeMs: 1000 }));
    resolve({ answer: YES, maxAgeMs: 1000 });
    expect(await before).toEqual(YES);
    expect(await after).toEqual({ allowed: false });
    expect(cache.get("k")).toEqual({ allowed: false });
  });

  it("reuses nothing, and joins nobody, while changes may go unheard", async () => {
    const { cache, stale } = cacheAt();
    await cache.ask("k", answered(1000));
    stale(true);
    expect(cache.get("k")).toBeUndefined();
    let asked = 0;
    const ask = () => {
      asked++;
      return answered(1000)();
    };
    await Promise.all([cache.ask("k", ask), cache.ask("k", ask)]);
    expect(asked).toBe(2);
    stale(false);
  });

  it("does not keep errors", async () => {
    const { cache } = cacheAt();
    await expect(cache.ask("k", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
    await cache.ask("k", answered(1000));
    expect(cache.get("k")).toBe(YES);
  });

  it("stays bounded under a million keys", async () => {
    const { cache } = cacheAt(0, 1000);
    for (let key = 0; key < 1_000_000; key++) cache.keep(String(key), { answer: YES, maxAgeMs: 1000 }, 0);
    expect(cache.size).toBeGreaterThanOrEqual(500);
    expect(cache.size).toBeLessThanOrEqual(1000);
  });
});

it("a BoundedMap stays in its bounds, and keeps the half of its entries that was used last", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 9 })), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (taken) => {
      const map = new BoundedMap<number, object>(6);
      const values = new Map<number, object>();
      let used: number[] = [];
      for (const [write, key] of taken) {
        if (write) {
          values.set(key, { key });
          map.set(key, values.get(key) ?? {});
        }
        const found = map.get(key);
        if (found === undefined) expect(used).not.toContain(key);
        else expect(found).toBe(values.get(key));
        if (found !== undefined) used = [...used.filter((one) => one !== key), key].slice(-3);
        expect(map.size).toBeLessThanOrEqual(6);
      }
    }),
  );
});
