import type { Access } from "../access/access.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { Slots } from "../slots/slots.ts";
import type { SlotSnapshot } from "../slots/slot-snapshot.ts";
import { newCallContext, type CallContext } from "../slots/slot.ts";
import type { Lease, LeaseStore } from "./lease-store.ts";
import type { Leases } from "./leases.ts";

/** Leases that one look takes in; the rest are looked at by the next. */
const LOOKED_AT = 1000;
/** Changes that come together are one look, milliseconds. */
const PACE_MS = 100;
/** Time between two looks without a change, milliseconds: for what another replica missed, and to clean up. */
const LOOK_MS = 600_000;

/** What the watch needs. */
export interface LeaseWatchDeps {
  readonly leases: Leases;
  readonly store: LeaseStore;
  readonly access: Access;
  readonly slots: Slots;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Ends leases whose holder may no longer have them, after each change of access. */
export class LeaseWatch implements Disposable {
  readonly #deps: LeaseWatchDeps;
  readonly #stop = new AbortController();
  #cancel: (() => void) | undefined;
  #looking = false;

  constructor(deps: LeaseWatchDeps) {
    this.#deps = deps;
  }

  /** Access may have changed: looks soon. */
  look(delayMs = PACE_MS): void {
    if (this.#stop.signal.aborted) return;
    this.#cancel?.();
    this.#cancel = this.#deps.clock.after(delayMs, () => void this.#run());
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#cancel?.();
  }

  async #run(): Promise<void> {
    if (this.#looking) return this.look();
    this.#looking = true;
    try {
      await this.#lookAt(await this.#deps.store.inForce(LOOKED_AT));
      await this.#deps.store.clean();
    } catch (err) {
      // Nothing is ended because somebody could not be asked; the next look is never far.
      this.#deps.logger.debug({ err }, "leases could not be looked at");
    }
    this.#looking = false;
    this.look(LOOK_MS);
  }

  async #lookAt(leases: readonly Lease[]): Promise<void> {
    const slots = this.#deps.slots.current();
    // Without a plugin nobody decides anything anew.
    if (slots.statuses.enforcement.servedBy !== "plugin") return;
    for (const [, held] of Map.groupBy(leases, ({ userId, roles }) => JSON.stringify([userId, roles]))) {
      const [first] = held;
      if (first === undefined) continue;
      const who = { userId: first.userId, email: "", roles: first.roles };
      const context = newCallContext("leases", this.#stop.signal);
      const questions = held.map(({ resourceType, resourceId, access, runId }) => ({
        action: runId === null ? (access === "write" ? "write" : "read") : "execute",
        resourceType,
        resourceId,
      }));
      const decisions = await this.#deps.access.decideAll(who, questions, slots, context);
      for (const [at, lease] of held.entries()) {
        if (decisions[at]?.allowed !== false) continue;
        await this.#revoke(lease, slots, context);
      }
    }
  }

  /** Ends one lease. One that cannot be ended now keeps no other; the next look tries again. */
  async #revoke({ id, userId }: Lease, slots: SlotSnapshot, context: CallContext): Promise<void> {
    const { leases, logger } = this.#deps;
    try {
      const { ended } = await leases.revoke(id, "ratd", slots, context);
      logger.warn(
        { lease: id, user: userId, ended },
        "a lease was revoked, since its holder may no longer have it",
      );
    } catch (err) {
      logger.warn({ err, lease: id, user: userId }, "a lease could not be revoked yet");
    }
  }
}
