import type { EventBus } from "../../events/event-bus.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Metrics } from "../../platform/metrics.ts";
import { isFinal, type RunState } from "../run.ts";
import type { RunMessages } from "../run-messages.ts";
import type { RunQueue } from "../run-queue.ts";
import type { RunWatch } from "../run-watch.ts";
import type { ActiveRun } from "./active-run.ts";
import type { ActiveRuns } from "./active-runs.ts";
import type { AttemptEnd, DispatchStore, Fence, Fenced, Release } from "./dispatch-store.ts";
import type { CredentialSource } from "./run-credentials.ts";

/** Where a change of a run is written, and who hears of it. */
export interface RunLedgerDeps {
  readonly store: DispatchStore;
  readonly active: ActiveRuns;
  readonly watch: RunWatch;
  readonly events: EventBus;
  readonly metrics: Pick<Metrics, "runsEnded" | "runAttempts" | "runStaleWrites" | "runDuration">;
  readonly clock: Clock;
  readonly messages: Pick<RunMessages, "tell">;
  readonly queue: Pick<RunQueue, "look">;
  readonly credentials: Pick<CredentialSource, "release">;
}

/**
 * The one place where the state of runs is changed: each change is written under its epoch first, then followed by
 * metric, event, and word to those who wait.
 */
export class RunLedger {
  readonly #deps: RunLedgerDeps;

  constructor(deps: RunLedgerDeps) {
    this.#deps = deps;
  }

  /** The executor has started the attempt. Repeating it changes nothing. */
  async started(fence: Fence, executor: string): Promise<Fenced<"running">> {
    const state = await this.#deps.store.start(fence);
    if (state === "stale") return this.#stale("start");
    const active = this.#deps.active.get(fence.id);
    if (active?.run.epoch === fence.epoch) active.accept();
    this.#changed(fence.id, "running", { executor, ...pipelineFact(active) });
    return state;
  }

  /** The attempt has ended. */
  async ended(end: AttemptEnd, attempt: number, executor: string): Promise<Fenced<RunState>> {
    const state = await this.#deps.store.end(end);
    if (state === "stale") {
      // The report that was taken, once more: its answer got lost, or it was sent twice.
      if (await this.#deps.store.hasEnded(end, attempt))
        return end.outcome === "success" ? "success" : "failed";
      return this.#stale("end");
    }
    const active = this.#deps.active.remove(end.id, end.epoch);
    if (active !== undefined) this.#deps.credentials.release(active);
    this.#deps.metrics.runAttempts.inc({ outcome: end.outcome, executor });
    if (isFinal(state)) {
      this.#deps.metrics.runsEnded.inc({ status: state, executor });
      if (active !== undefined) {
        const left = -active.overdueBy(this.#deps.clock.monotonic());
        const seconds = Math.max(0, active.run.remainingMs - left) / 1000;
        this.#deps.metrics.runDuration.observe({ executor }, seconds);
      }
    }
    const facts = { executor, attempt, outcome: end.outcome, error: end.error };
    this.#changed(end.id, state, { ...facts, ...pipelineFact(active) });
    this.#deps.queue.look();
    return state;
  }

  /** The executor did not take the attempt. */
  async released(release: Release): Promise<Fenced<"pending">> {
    const state = await this.#deps.store.release(release);
    const active = this.#deps.active.remove(release.id, release.epoch);
    if (active !== undefined) this.#deps.credentials.release(active);
    return state === "stale" ? this.#stale("release") : state;
  }

  #stale(write: string): "stale" {
    this.#deps.metrics.runStaleWrites.inc({ write });
    return "stale";
  }

  #changed(id: string, state: RunState, facts: Readonly<Record<string, unknown>>): void {
    this.#deps.events.publish("runs", `run.${state}`, id, facts);
    this.#deps.watch.changed(id);
    this.#deps.messages.tell("run", id);
  }
}

/** Tells the pipeline of a run, where this replica knows it. */
function pipelineFact(active: ActiveRun | undefined): { readonly pipeline?: string } {
  if (active === undefined) return {};
  const { namespace, layer, pipeline } = active.run;
  return { pipeline: `${namespace}/${layer}/${pipeline}` };
}
