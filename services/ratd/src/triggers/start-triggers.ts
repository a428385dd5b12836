import { CronScheduler, type CronSchedulerDeps } from "./cron-scheduler.ts";
import { EventTriggers } from "./event-triggers.ts";
import type { Triggers } from "./triggers.ts";

/** Begins to fire triggers by time and by events. Disposing of it ends that; what is under way is finished. */
export function startTriggers(deps: CronSchedulerDeps & { readonly triggers: Triggers }): AsyncDisposable {
  const stack = new AsyncDisposableStack();
  stack.use(new EventTriggers(deps));
  const scheduler = stack.use(new CronScheduler(deps));
  stack.defer(deps.triggers.onScheduled(() => scheduler.wake()));
  return stack;
}
