import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Schema } from "../schema/schema.ts";
import type { ActiveRuns } from "./dispatch/active-runs.ts";
import type { Dispatcher } from "./dispatch/dispatcher.ts";
import type { Follow } from "./dispatch/follow.ts";
import type { RunLeaseKeeper } from "./dispatch/run-lease-keeper.ts";
import type { Retention } from "./retention.ts";
import type { RunWatch } from "./run-watch.ts";

/** What beats. */
export interface RunPulseDeps {
  readonly schema: Pick<Schema, "present" | "ready">;
  readonly active: ActiveRuns;
  readonly dispatcher: Pick<Dispatcher, "start" | "stop">;
  readonly follow: Pick<Follow, "poll">;
  readonly runLeases: Pick<RunLeaseKeeper, "start" | "beat" | "stop">;
  readonly retention: Retention;
  readonly watch: Pick<RunWatch, "changedAll">;
  readonly pollMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "runsActive">;
}

/**
 * Begins the work on runs once the tables are there, and polls from then on: messages make it quick, the poll makes it
 * certain.
 */
export class RunPulse implements AsyncDisposable {
  readonly #deps: RunPulseDeps;
  /** Executors with a count, which goes down to 0 when they have no runs any more. */
  readonly #counted = new Set<string>();
  #begun = false;
  #stopped = false;
  #cancelPoll: () => void = () => undefined;

  constructor(deps: RunPulseDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#pollLater();
    void this.#deps.schema.ready().then(
      () => this.#begin(),
      () => undefined,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { dispatcher, runLeases, retention } = this.#deps;
    this.#stopped = true;
    dispatcher.stop();
    this.#cancelPoll();
    retention[Symbol.dispose]();
    await runLeases.stop();
  }

  async #begin(): Promise<void> {
    if (this.#begun || this.#stopped) return;
    this.#begun = true;
    const { runLeases, retention, follow, dispatcher } = this.#deps;
    runLeases.start();
    retention.start();
    await runLeases.beat();
    await follow.poll().catch(() => undefined);
    if (!this.#stopped) dispatcher.start();
  }

  #pollLater(): void {
    this.#cancelPoll = this.#deps.clock.after(this.#deps.pollMs, () => void this.#poll());
  }

  async #poll(): Promise<void> {
    const { schema, watch, dispatcher, follow, logger } = this.#deps;
    watch.changedAll();
    if (schema.present) {
      void this.#begin();
      // Also while the first poll still waits for an executor that hangs.
      dispatcher.start();
      this.#count();
      await follow
        .poll()
        .catch((reason: unknown) => logger.error({ err: reason }, "runs could not be followed"));
    }
    if (!this.#stopped) this.#pollLater();
  }

  #count(): void {
    const { active, metrics } = this.#deps;
    const counts = Map.groupBy(active.all(), ({ run }) => run.executor);
    for (const executor of counts.keys()) this.#counted.add(executor);
    for (const executor of this.#counted) {
      metrics.runsActive.set({ executor }, counts.get(executor)?.length ?? 0);
    }
  }
}
