/** Time as ratd sees it, so that tests can move it. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. For showing and storing, never for measuring. */
  now(): number;
  /** Monotonic milliseconds. For measuring and for deciding when something is due. */
  monotonic(): number;
  /** Runs `task` after `ms` milliseconds unless the returned function was called first. Does not keep the process alive. */
  after(ms: number, task: () => void): () => void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
