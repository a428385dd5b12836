import type { Access } from "../../access/access.ts";
import { aboutPipeline } from "../../access/question.ts";
import { RatError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Identity } from "../../slots/auth/auth.ts";
import { newCallContext, type CallContext } from "../../slots/slot.ts";
import type { Slots } from "../../slots/slots.ts";
import type { ActiveRun } from "./active-run.ts";
import type { ActiveRuns } from "./active-runs.ts";
import type { OwnedRun } from "./dispatch-store.ts";

/** Changes that come together are one look, milliseconds. */
const PACE_MS = 50;

/** What deciding on the rights of runs needs. */
export interface RunRightsDeps {
  readonly access: Access;
  readonly slots: Slots;
  readonly active: ActiveRuns;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whether runs may run: their creators must be allowed to execute the pipeline when they start, and as long as they run. */
export class RunRights implements Disposable {
  readonly #deps: RunRightsDeps;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<RevokedListener>();
  #cancel: (() => void) | undefined;

  constructor(deps: RunRightsDeps) {
    this.#deps = deps;
  }

  /** @throws RatError permission_denied when the creator of the run may not execute it; slot_denying */
  async demand(run: OwnedRun, context: CallContext): Promise<void> {
    const { access, slots } = this.#deps;
    const { allowed, reason } = await access.decide(creatorOf(run), execute(run), slots.current(), context);
    if (!allowed) throw new RatError("permission_denied", deniedText(run, reason));
  }

  /** Calls `listener` about each run that must not go on. */
  onRevoked(listener: RevokedListener): void {
    this.#listeners.add(listener);
  }

  /** Access may have changed: looks at the runs under way soon, and ends those that must not go on. */
  look(): void {
    if (this.#stop.signal.aborted) return;
    this.#cancel ??= this.#deps.clock.after(PACE_MS, () => {
      this.#cancel = undefined;
      void this.#look();
    });
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#cancel?.();
  }

  async #look(): Promise<void> {
    const { access, slots, active, logger } = this.#deps;
    const snapshot = slots.current();
    if (snapshot.statuses.enforcement.servedBy !== "plugin") return;
    const byCreator = Map.groupBy(active.all(), ({ run }) => JSON.stringify([run.createdBy, run.roles]));
    for (const [, runs] of byCreator) {
      const [first] = runs;
      if (first === undefined) continue;
      try {
        const context = newCallContext("runs", this.#stop.signal);
        const questions = runs.map(({ run }) => execute(run));
        const decisions = await access.decideAll(creatorOf(first.run), questions, snapshot, context);
        for (const [at, run] of runs.entries()) {
          const decision = decisions[at];
          if (decision?.allowed === false) await this.#revoke(run, deniedText(run.run, decision.reason));
        }
      } catch (err) {
        // No run ends because somebody could not be asked; its next credentials are decided on anew anyway.
        logger.debug({ err }, "the rights of runs could not be looked at");
      }
    }
  }

  async #revoke(run: ActiveRun, reason: string): Promise<void> {
    for (const listener of this.#listeners) await listener(run, reason);
  }
}

/** Ends a run whose creator may no longer execute it; `reason` says so in a sentence. */
export type RevokedListener = (run: ActiveRun, reason: string) => Promise<unknown>;

/** The creator of a run, as the enforcement slot is asked about them. */
export function creatorOf({ createdBy, roles }: OwnedRun): Identity {
  return { userId: createdBy, email: "", roles };
}

function execute({ namespace, layer, pipeline }: OwnedRun) {
  return aboutPipeline("execute", { namespace, layer, name: pipeline });
}

function deniedText(run: OwnedRun, reason: string): string {
  return `${run.createdBy} may not execute ${run.namespace}/${run.layer}/${run.pipeline}${reason === "" ? "" : `: ${reason}`}`;
}
