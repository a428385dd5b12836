import { SLOT_NAMES, type SlotName } from "../config/schema.ts";
import type { Health } from "../health/health.ts";
import type { Clock } from "../platform/clock.ts";
import { bound, unbound, type BoundPlugin, type SlotBinding, type SlotBindings } from "./slot-binding.ts";
import { SlotSnapshot } from "./slot-snapshot.ts";
import type { Ports } from "./slot-table.ts";

/** What the slots need. */
export interface SlotsDeps {
  /** Built-ins that need more than the table can give them. */
  readonly builtins?: Partial<Ports>;
  readonly clock: Clock;
  /** Called for each request that a stand-in answered or refused. */
  readonly onStandIn?: (slot: SlotName) => void;
}

/** Hears of a slot that has changed its state, its plugin or what it does without. Must not throw. */
export type SlotListener = (before: SlotBinding, after: SlotBinding) => void;

/**
 * The slots as they stand: one immutable snapshot, replaced as a whole when a plugin is bound, unbound, or changes its
 * health. Who took a snapshot before goes on with it.
 */
export class Slots {
  readonly #deps: SlotsDeps;
  readonly #standIns: Record<SlotName, number> = {
    auth: 0,
    executor: 0,
    sharing: 0,
    enforcement: 0,
    cloud: 0,
  };
  readonly #listeners = new Set<SlotListener>();
  #current: SlotSnapshot;

  constructor(deps: SlotsDeps) {
    this.#deps = deps;
    const now = deps.clock.now();
    this.#current = this.#snapshot({
      auth: unbound("auth", undefined, now),
      executor: unbound("executor", undefined, now),
      sharing: unbound("sharing", undefined, now),
      enforcement: unbound("enforcement", undefined, now),
      cloud: unbound("cloud", undefined, now),
    });
  }

  /** The slots now. Take it once for each request and do not keep it. */
  current(): SlotSnapshot {
    return this.#current;
  }

  /** How many requests a stand-in has answered or refused since the start. */
  standIns(slot: SlotName): number {
    return this.#standIns[slot];
  }

  /** Gives a slot to a plugin with this health, in place of the one that may hold it. */
  bind<S extends SlotName>(slot: S, plugin: BoundPlugin, port: Ports[S], health: Health): void {
    const before = this.#current.bindings[slot];
    this.#replace(slot, bound<S>(before, plugin, port, health, this.#deps.clock.now()));
  }

  /** Leaves a slot to the built-in. */
  unbind(slot: SlotName): void {
    const before = this.#current.bindings[slot];
    this.#replace(slot, unbound(slot, before.status, this.#deps.clock.now()));
  }

  /** Takes over the health of a plugin; that of a plugin that holds no slot changes none. */
  update(pluginId: string, health: Health): void {
    for (const slot of SLOT_NAMES) {
      const { plugin, port } = this.#current.bindings[slot];
      if (plugin?.id === pluginId && port !== undefined) this.bind(slot, plugin, port, health);
    }
  }

  /** Calls `listener` at each change of a slot's state, plugin or posture, until the returned function is called. */
  onChange(listener: SlotListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #replace<S extends SlotName>(slot: S, after: SlotBinding<S>): void {
    const before = this.#current.bindings[slot];
    this.#current = this.#snapshot({ ...this.#current.bindings, [slot]: after });
    const same =
      before.status.state === after.status.state &&
      before.plugin?.id === after.plugin?.id &&
      before.plugin?.onDown === after.plugin?.onDown;
    if (same) return;
    for (const listener of this.#listeners) listener(before, after);
  }

  #snapshot(bindings: SlotBindings): SlotSnapshot {
    return new SlotSnapshot(bindings, {
      builtins: this.#deps.builtins ?? {},
      onStandIn: (slot) => {
        this.#standIns[slot]++;
        this.#deps.onStandIn?.(slot);
      },
    });
  }
}
