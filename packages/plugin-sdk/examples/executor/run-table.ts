import { PluginError } from "@rat/plugin-sdk";
import type { CommandRun } from "./command-run.ts";

interface Entry {
  epoch: bigint;
  readonly run: CommandRun;
}

/** The runs that the executor knows, by run id. */
export class RunTable {
  readonly #entries = new Map<string, Entry>();

  /**
   * Answers the run of that id, started now if it is not known.
   *
   * @throws PluginError `failed_precondition` for an epoch below the highest seen, `resource_exhausted` when
   *   `maxActive` runs are active.
   */
  submit(runId: string, epoch: bigint, limits: RunTableLimits, start: () => CommandRun): CommandRun {
    const known = this.#entries.get(runId);
    if (known !== undefined) {
      if (epoch < known.epoch) {
        throw new PluginError("failed_precondition", `epoch ${epoch} is older than ${known.epoch}`);
      }
      known.epoch = epoch;
      return known.run;
    }
    if (this.#active().length >= limits.maxActive) {
      throw new PluginError("resource_exhausted", `all ${limits.maxActive} places are taken`);
    }
    const run = start();
    this.#entries.set(runId, { epoch, run });
    this.#forget(limits.keep);
    return run;
  }

  /** The run of that id. @throws PluginError `not_found`. */
  get(runId: string): CommandRun {
    const entry = this.#entries.get(runId);
    if (entry === undefined) throw new PluginError("not_found", `run ${JSON.stringify(runId)} is not known`);
    return entry.run;
  }

  /** Cancels every active run and waits for their ends. */
  async stop(): Promise<void> {
    const active = this.#active();
    for (const run of active) run.cancel();
    await Promise.all(active.map((run) => run.ended));
  }

  #active(): CommandRun[] {
    return [...this.#entries.values()].map(({ run }) => run).filter((run) => run.active);
  }

  /** Drops the oldest ended runs: memory is bounded, and so is the time for which a run id is remembered. */
  #forget(keep: number): void {
    for (const [runId, { run }] of this.#entries) {
      if (this.#entries.size <= keep) return;
      if (!run.active) this.#entries.delete(runId);
    }
  }
}

/** How many runs a table takes. */
export interface RunTableLimits {
  /** Runs at a time. */
  readonly maxActive: number;
  /** Runs remembered, active and ended. */
  readonly keep: number;
}
