import type { Logger } from "../platform/logger.ts";
import type { ActiveRun } from "./dispatch/active-run.ts";
import type { ActiveRuns } from "./dispatch/active-runs.ts";
import type { Attempts } from "./dispatch/attempts.ts";
import type { RunMessages } from "./run-messages.ts";
import type { RunStore } from "./run-store.ts";
import type { RunWatch } from "./run-watch.ts";

/** What ending runs needs. */
export interface RunCancellerDeps {
  readonly store: Pick<RunStore, "cancel">;
  readonly active: ActiveRuns;
  readonly attempts: Pick<Attempts, "cancel">;
  readonly watch: Pick<RunWatch, "changed">;
  readonly messages: Pick<RunMessages, "tell">;
  readonly logger: Logger;
}

/** Ends runs, whichever replica follows them. */
export class RunCanceller {
  readonly #deps: RunCancellerDeps;

  constructor(deps: RunCancellerDeps) {
    this.#deps = deps;
  }

  /** Asks a run to end, in the name of user `by`. @throws RatError not_found */
  async cancel(...[id, by]: Parameters<RunStore["cancel"]>): ReturnType<RunStore["cancel"]> {
    const { store, active, watch, messages } = this.#deps;
    const result = await store.cancel(id, by);
    watch.changed(id);
    messages.tell("run", id);
    if (result !== "cancelling") return result;
    if (active.get(id) === undefined) messages.tell("cancel", id);
    else this.cancelHere(id);
    return result;
  }

  /** The same, when somebody has asked already: stops the attempt, if this replica follows it. */
  cancelHere(id: string): void {
    const run = this.#deps.active.get(id);
    if (run !== undefined) void this.#deps.attempts.cancel(run);
  }

  /** Ends a run whose creator may no longer execute it. */
  async revoke(run: ActiveRun, reason: string): Promise<void> {
    const { store, attempts, logger } = this.#deps;
    logger.warn(
      { run: run.run.id, reason },
      "a run was cancelled, since its creator may no longer execute it",
    );
    await store.cancel(run.run.id, run.run.createdBy);
    await attempts.cancel(run);
  }
}
