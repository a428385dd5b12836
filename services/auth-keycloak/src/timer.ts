/** Runs a task once after some milliseconds; the result cancels it. */
export type Timer = (ms: number, task: () => void) => () => void;

/** The timer of the process. It does not keep the process alive. */
export const processTimer: Timer = (ms, task) => {
  const timer = setTimeout(task, ms);
  timer.unref();
  return () => clearTimeout(timer);
};
