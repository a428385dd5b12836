import type { PluginConfig } from "../config/config.ts";
import { SLOT_NAMES, type SlotName } from "../config/schema.ts";
import type { Health } from "../health/health.ts";
import type { Clock } from "../platform/clock.ts";
import { SlotSnapshot, type SnapshotHooks } from "./slot-snapshot.ts";
import { SLOT_TABLE, type Ports, type RemotePorts } from "./slot-table.ts";
import { decide, type SlotStatus } from "./slot.ts";

/** What the slots are made from. */
export interface SlotsDeps {
  readonly plugins: readonly PluginConfig[];
  readonly remotes: RemotePorts;
  /** Built-ins that need more than the table can give them. */
  readonly builtins?: Partial<Ports>;
  readonly clock: Clock;
  readonly retryAfterSeconds: SnapshotHooks["retryAfterSeconds"];
  /** Called after each change of a slot's state, with the status before and after. */
  readonly onTransition: (from: SlotStatus, to: SlotStatus) => void;
  /** Called for each request that a stand-in answered or refused. */
  readonly onStandIn: (slot: SlotName) => void;
}

/** The slots as they stand: one immutable snapshot, replaced as a whole when a plugin's health changes. */
export class Slots {
  readonly #deps: SlotsDeps;
  readonly #standIns = Object.fromEntries(SLOT_NAMES.map((slot) => [slot, 0])) as Record<SlotName, number>;
  #current: SlotSnapshot;

  constructor(deps: SlotsDeps) {
    this.#deps = deps;
    const now = deps.clock.now();
    const statuses = Object.fromEntries(
      SLOT_NAMES.map((slot) => {
        const plugin = deps.plugins.find((candidate) => candidate.slot === slot);
        const health: Health | undefined = plugin && {
          status: "unknown",
          message: "not yet checked",
          since: now,
          checkedAt: undefined,
        };
        const decision = decide(plugin, health, SLOT_TABLE[slot].builtinBehaviour);
        return [slot, Object.freeze({ slot, ...decision, since: now, plugin, health })];
      }),
    ) as Record<SlotName, SlotStatus>;
    this.#current = this.#snapshot(statuses);
  }

  /** The slots now. Take it once for each request and do not keep it. */
  current(): SlotSnapshot {
    return this.#current;
  }

  /** How many requests a stand-in has answered or refused since the start. */
  standIns(slot: SlotName): number {
    return this.#standIns[slot];
  }

  /** Takes over the health of a slot's plugin. */
  update(slot: SlotName, health: Health): void {
    const before = this.#current.statuses[slot];
    const decision = decide(before.plugin, health, SLOT_TABLE[slot].builtinBehaviour);
    const changed = decision.state !== before.state;
    const since = changed ? this.#deps.clock.now() : before.since;
    const after: SlotStatus = Object.freeze({ slot, ...decision, since, plugin: before.plugin, health });
    this.#current = this.#snapshot({ ...this.#current.statuses, [slot]: after });
    if (changed) this.#deps.onTransition(before, after);
  }

  #snapshot(statuses: Record<SlotName, SlotStatus>): SlotSnapshot {
    return new SlotSnapshot(statuses, this.#deps.remotes, this.#deps.builtins ?? {}, {
      retryAfterSeconds: this.#deps.retryAfterSeconds,
      onStandIn: (slot) => {
        this.#standIns[slot]++;
        this.#deps.onStandIn(slot);
      },
    });
  }
}
