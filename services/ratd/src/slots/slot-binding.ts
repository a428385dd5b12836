import type { OnDown } from "../config/config.ts";
import type { SlotName } from "../config/schema.ts";
import { RatError } from "../errors.ts";
import type { Health } from "../health/health.ts";
import { SLOT_TABLE, type Ports } from "./slot-table.ts";
import { decide, type SlotStatus } from "./slot.ts";

/** The plugin that holds a slot. */
export interface BoundPlugin {
  /** One start of one plugin: the same plugin at a new address has another. */
  readonly id: string;
  readonly name: string;
  readonly onDown: OnDown;
  /** Seconds until its health is asked next, at least 1: what a refused caller is told to wait. */
  readonly retryAfterSeconds: () => number;
}

/** How one slot stands: which plugin holds it, its port, and what follows from its health. Never changes. */
export interface SlotBinding<S extends SlotName = SlotName> {
  /** Undefined while the slot is not configured. */
  readonly plugin: BoundPlugin | undefined;
  /** The port that speaks to the plugin, whether or not it serves now. */
  readonly port: Ports[S] | undefined;
  readonly status: SlotStatus;
}

/** The bindings of all slots. */
export type SlotBindings = { readonly [S in SlotName]: SlotBinding<S> };

/** The binding of a plugin with this health, as it follows on an earlier one. */
export function bound<S extends SlotName>(
  before: SlotBinding<S>,
  plugin: BoundPlugin,
  port: Ports[S],
  health: Health,
  now: number,
): SlotBinding<S> {
  return binding(before.status, plugin, port, health, now);
}

/** The binding of a slot that no plugin holds. */
export function unbound<S extends SlotName>(
  slot: S,
  before: SlotStatus | undefined,
  now: number,
): SlotBinding<S> {
  return binding(before ?? { slot }, undefined, undefined, undefined, now);
}

function binding<S extends SlotName>(
  before: Pick<SlotStatus, "slot"> & Partial<SlotStatus>,
  plugin: BoundPlugin | undefined,
  port: Ports[S] | undefined,
  health: Health | undefined,
  now: number,
): SlotBinding<S> {
  const { slot } = before;
  const decision = decide(plugin, health, SLOT_TABLE[slot].builtinBehaviour);
  const since = decision.state === before.state ? (before.since ?? now) : now;
  const status = Object.freeze({ slot, ...decision, since, health });
  return Object.freeze({ plugin: plugin && Object.freeze(plugin), port, status });
}

/** The port of the plugin that serves; undefined when the built-in is to serve. */
export function portOf<S extends SlotName>({ plugin, port, status }: SlotBinding<S>): Ports[S] | undefined {
  if (status.servedBy === "builtin") return undefined;
  if (status.servedBy === "plugin" && port !== undefined) return port;
  // A slot that a plugin serves by its status, without a port, refuses: the built-in is not what was configured.
  throw new RatError("slot_denying", `The ${status.slot} slot refuses calls. ${status.reason}`, {
    retryAfterSeconds: plugin?.retryAfterSeconds() ?? 1,
  });
}
