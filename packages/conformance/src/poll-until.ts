import { setTimeout as delay } from "node:timers/promises";

const STEP_MS = 20;

/** Asks again and again until an answer is good or the time is over; returns the last answer. */
export async function pollUntil<T>(
  limitMs: number,
  ask: () => Promise<T>,
  good: (answer: T) => boolean,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (good(answer) || performance.now() >= end) return answer;
    await delay(STEP_MS);
  }
}
