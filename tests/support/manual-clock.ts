import type { Clock } from "../../services/ratd/src/platform/clock.ts";

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves both times on and runs, in order, what falls due. */
  advance(ms: number): void;
}

/** Makes one; it starts at 2026-01-01T00:00:00Z, monotonic 0. */
export function createManualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  const tasks = new Set<{ readonly due: number; readonly task: () => void }>();
  let passed = 0;
  return {
    now: () => start + passed,
    monotonic: () => passed,
    after(ms, task) {
      const entry = { due: passed + ms, task };
      tasks.add(entry);
      return () => tasks.delete(entry);
    },
    advance(ms) {
      const target = passed + ms;
      for (;;) {
        const [next] = [...tasks].filter((entry) => entry.due <= target).toSorted((a, b) => a.due - b.due);
        if (next === undefined) break;
        tasks.delete(next);
        passed = Math.max(passed, next.due);
        next.task();
      }
      passed = target;
    },
  };
}
