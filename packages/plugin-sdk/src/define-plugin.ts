import type { Static, TObject, TSchema } from "typebox";
import type { LifecycleContext } from "./plugin-context.ts";
import type { Slot, SlotHandlers } from "./slots/slot-binding.ts";
import type { MaybePromise } from "./slots/maybe-promise.ts";
import { SLOTS } from "./slots/slots.ts";

/** What every plugin says beside the handlers of its slot. */
export interface PluginBasics<T extends TSchema> {
  /** The plugin's name, for example "auth-keycloak". */
  readonly name: string;
  /** The plugin's own version, semver. */
  readonly version: string;
  /** Schema of the configuration; it gives the type, the JSON Schema of Describe, and the validation. */
  readonly config?: T;
  /** Called each time another configuration comes into force, before any call sees it. */
  configured?(ctx: LifecycleContext<Static<T>>): MaybePromise<void>;
  /**
   * Names optional handlers that a configuration takes away, for example of a data source that cannot do it: they are
   * not announced, and their RPCs answer `unimplemented`. Before the first configuration nothing is taken away.
   */
  withholds?(config: Static<T>): readonly string[];
  /** Called once after the last call, before the plugin ends: release what outlives a call. */
  stop?(ctx: Omit<LifecycleContext<Static<T>>, "config">): MaybePromise<void>;
}

/** A plugin as a value: nothing runs until it is served or tested. */
export interface PluginDefinition<S extends Slot, T extends TSchema = TSchema> {
  readonly slot: S;
  readonly basics: PluginBasics<T>;
  readonly handlers: SlotHandlers<Static<T>>[S];
}

/** The configuration of a plugin that declares none. */
export type NoConfig = TObject;

/**
 * Defines a plugin of one slot. Handlers that the contract calls optional may be left out; their RPCs then
 * answer `unimplemented`.
 *
 * @throws TypeError when a required handler, the name or the version is missing (for callers without types).
 */
export function definePlugin<S extends Slot, T extends TSchema = NoConfig>(
  slot: S,
  plugin: PluginBasics<T> & SlotHandlers<Static<T>>[S],
): PluginDefinition<S, T> {
  if (!Object.hasOwn(SLOTS, slot)) {
    throw new TypeError(`no slot named ${JSON.stringify(slot)}; slots: ${Object.keys(SLOTS).join(", ")}`);
  }
  const given: object = plugin;
  const missing = ["name", "version", ...SLOTS[slot].required].filter((key) => !(key in given));
  if (missing.length > 0) throw new TypeError(`a plugin of slot ${slot} needs: ${missing.join(", ")}`);
  return { slot, basics: plugin, handlers: plugin };
}
