import { SLOT_NAMES, type SlotName } from "../config/schema.ts";
import { portOf, type SlotBindings } from "./slot-binding.ts";
import { SLOT_TABLE, type Ports } from "./slot-table.ts";
import type { SlotStatus } from "./slot.ts";

/** What a snapshot is taken with. */
export interface SnapshotOptions {
  /** Built-ins that need more than the table can give them. */
  readonly builtins: Partial<Ports>;
  /** Called when the built-in, or a refusal, stands in for a configured plugin. */
  readonly onStandIn: (slot: SlotName) => void;
}

/**
 * How all slots stood at one moment. A request takes one at its start and is served entirely under it; it never
 * changes.
 */
export class SlotSnapshot {
  readonly bindings: SlotBindings;
  readonly statuses: Readonly<Record<SlotName, SlotStatus>>;
  readonly #options: SnapshotOptions;

  constructor(bindings: SlotBindings, options: SnapshotOptions) {
    this.bindings = Object.freeze({ ...bindings });
    this.statuses = Object.freeze({
      auth: bindings.auth.status,
      executor: bindings.executor.status,
      sharing: bindings.sharing.status,
      enforcement: bindings.enforcement.status,
      cloud: bindings.cloud.status,
    });
    this.#options = options;
  }

  /**
   * The port that serves the slot.
   *
   * @throws RatError `slot_denying` when nobody does.
   */
  use<S extends SlotName>(slot: S): Ports[S] {
    const binding = this.bindings[slot];
    if (binding.plugin !== undefined && binding.status.servedBy !== "plugin") this.#options.onStandIn(slot);
    return portOf<S>(binding) ?? this.#options.builtins[slot] ?? SLOT_TABLE[slot].builtin;
  }

  /** Whether a configured plugin is not serving its slot. */
  get fallbackActive(): boolean {
    return SLOT_NAMES.some((slot) => {
      const { plugin, status } = this.bindings[slot];
      return plugin !== undefined && status.servedBy !== "plugin";
    });
  }
}
