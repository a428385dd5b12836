import { RatError } from "../../errors.ts";
import type { ExecutorPort } from "./executor.ts";

/** The built-in executor of a ratd without a warm pool: it takes no runs and says so. */
export const builtinExecutor: ExecutorPort = {
  submit: () => Promise.reject(unavailable()),
  cancel: () => Promise.reject(unavailable()),
  status: () => Promise.reject(unavailable()),
  list: () => Promise.reject(unavailable()),
  logs: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(unavailable()) }) }),
};

function unavailable(): RatError {
  return new RatError("executor_unavailable", "The built-in executor has no runner attached.", {
    retryAfterSeconds: 30,
  });
}
