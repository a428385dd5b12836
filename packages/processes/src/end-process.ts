import type { ProcessClock } from "./process-clock.ts";

/** A process that can be told to end: a child, or one of which only the number is known. */
export interface Endable {
  lives(): boolean | Promise<boolean>;
  signal(name: NodeJS.Signals): unknown;
  /** Resolves when it has ended, where somebody knows at once. Else it is looked at again and again. */
  readonly exited?: Promise<unknown>;
}

/** One rung of the ladder: a signal, and how long to wait for its effect before the next one, in milliseconds. */
export interface EndStep {
  readonly signal: NodeJS.Signals;
  readonly patienceMs: number;
}

const LOOK_MS = 10;
/** Nearly the longest time that a timer of Node can wait. */
const LONG_MS = 2 ** 31 - 1;

/**
 * Ends a process: signal after signal, each with its patience, until it lives no more. A process that has ended gets
 * no further signal. Answers whether it ended within the last patience.
 */
export async function endProcess(
  target: Endable,
  ladder: readonly EndStep[],
  clock: ProcessClock,
  lookEveryMs: number = LOOK_MS,
): Promise<boolean> {
  // The clock's timers keep nothing alive: without this, a program that waits here alone would be over with the wait.
  const hold = setInterval(() => undefined, LONG_MS);
  try {
    for (const { signal, patienceMs } of ladder) {
      if (!(await target.lives())) return true;
      await target.signal(signal);
      if (await endsWithin(target, patienceMs, clock, lookEveryMs)) return true;
    }
    return false;
  } finally {
    clearInterval(hold);
  }
}

async function endsWithin(
  target: Endable,
  patienceMs: number,
  clock: ProcessClock,
  lookEveryMs: number,
): Promise<boolean> {
  const until = clock.monotonic() + patienceMs;
  for (;;) {
    if (!(await target.lives())) return true;
    const left = until - clock.monotonic();
    if (left <= 0) return false;
    const wait = target.exited === undefined ? Math.min(lookEveryMs, left) : left;
    await pause(wait, clock, target.exited);
  }
}

async function pause(ms: number, clock: ProcessClock, until: Promise<unknown> | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(Math.min(ms, LONG_MS), resolve);
  await Promise.race([promise, ...(until === undefined ? [] : [until])]);
  cancel();
}
