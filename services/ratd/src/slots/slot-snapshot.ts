import type { SlotName } from "../config/schema.ts";
import { RatError } from "../errors.ts";
import { SLOT_TABLE, type Ports, type RemotePorts } from "./slot-table.ts";
import type { SlotStatus } from "./slot.ts";

/** What a snapshot asks and tells while it is used. */
export interface SnapshotHooks {
  /** Seconds until the next health check of the slot's plugin, at least 1. */
  readonly retryAfterSeconds: (slot: SlotName) => number;
  /** Called when the built-in, or a refusal, stands in for a configured plugin. */
  readonly onStandIn: (slot: SlotName) => void;
}

/**
 * How all slots stood at one moment. A request takes one at its start and is served entirely under it; it never
 * changes.
 */
export class SlotSnapshot {
  readonly statuses: Readonly<Record<SlotName, SlotStatus>>;
  readonly #remotes: RemotePorts;
  readonly #builtins: Partial<Ports>;
  readonly #hooks: SnapshotHooks;

  constructor(
    statuses: Readonly<Record<SlotName, SlotStatus>>,
    remotes: RemotePorts,
    builtins: Partial<Ports>,
    hooks: SnapshotHooks,
  ) {
    this.statuses = Object.freeze(statuses);
    this.#remotes = remotes;
    this.#builtins = builtins;
    this.#hooks = hooks;
  }

  /**
   * The port that serves the slot.
   *
   * @throws RatError `slot_denying` when nobody does.
   */
  use<S extends SlotName>(slot: S): Ports[S] {
    const status = this.statuses[slot];
    if (status.servedBy === "plugin") {
      const remote = this.#remotes[slot];
      if (remote !== undefined) return remote;
    }
    if (status.plugin !== undefined) this.#hooks.onStandIn(slot);
    if (status.servedBy === "nobody") {
      throw new RatError("slot_denying", `The ${slot} slot refuses calls. ${status.reason}`, {
        retryAfterSeconds: this.#hooks.retryAfterSeconds(slot),
      });
    }
    return this.#builtins[slot] ?? SLOT_TABLE[slot].builtin;
  }

  /** Whether a configured plugin is not serving its slot. */
  get fallbackActive(): boolean {
    return Object.values(this.statuses).some(
      ({ plugin, servedBy }) => plugin !== undefined && servedBy !== "plugin",
    );
  }
}
