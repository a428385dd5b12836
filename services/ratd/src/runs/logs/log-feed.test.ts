import { expect, test } from "vitest";
import { LogFeed } from "./log-feed.ts";
import type { LogPage } from "./log-store.ts";

/** A store whose answers the test gives: each read sees what was written when it began. */
class HeldStore {
  written = 0;
  readonly #held: (() => void)[] = [];

  read(_run: string, _attempt: number, offset: number): Promise<LogPage> {
    const seen = this.written;
    const lines = Array.from({ length: Math.max(0, seen - offset) }, (_, n) => ({
      offset: offset + n,
      at: 0,
      level: "info",
      message: `line ${offset + n}`,
    }));
    return new Promise((resolve) => {
      this.#held.push(() => resolve({ lines, next: Math.max(offset, seen) }));
    });
  }

  /** Answers what is asked now. */
  async answer(): Promise<void> {
    for (const give of this.#held.splice(0)) give();
    await Promise.resolve().then(() => Promise.resolve());
  }
}

/** Reads as a follower does, until there is nothing. */
async function readAll(feed: LogFeed, store: HeldStore, offset: number): Promise<number> {
  const asked = feed.lines(offset);
  await store.answer();
  const lines = await asked;
  return offset + lines.length;
}

test("news that come while the first reader reads are not lost", async () => {
  const store = new HeldStore();
  const feed = new LogFeed(store, "run", 1);
  let woken = 0;
  feed.subscribe(() => woken++);
  const first = feed.lines(0);
  store.written = 10;
  feed.wake();
  await store.answer();
  expect(await first).toEqual([]);
  await store.answer();
  expect(woken).toBeGreaterThan(0);
  expect(await readAll(feed, store, 0)).toBe(10);
});

test("news that come while the feed reads are not lost", async () => {
  const store = new HeldStore();
  const feed = new LogFeed(store, "run", 1);
  feed.subscribe(() => undefined);
  expect(await readAll(feed, store, 0)).toBe(0);
  feed.wake();
  store.written = 10;
  feed.wake();
  await store.answer();
  await store.answer();
  expect(await readAll(feed, store, 0)).toBe(10);
});
