/** The time by which patience is measured. ratd's own clock is one; tests bring another. */
export interface ProcessClock {
  /** Monotonic milliseconds. */
  monotonic(): number;
  /** Runs `task` after `ms` milliseconds unless the returned function was called first. */
  after(ms: number, task: () => void): () => void;
}

/** The clock of the machine. Its timers do not keep the process alive. */
export const systemClock: ProcessClock = {
  monotonic: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
