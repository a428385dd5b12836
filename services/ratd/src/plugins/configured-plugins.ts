import { isDeepStrictEqual } from "node:util";
import type { PluginEntry } from "../config/config.ts";
import type { SlotName } from "../config/schema.ts";
import { RatError } from "../errors.ts";
import type { Health } from "../health/health.ts";
import type { HealthHistory } from "../health/history/health-history.ts";
import { meteredTransport } from "../platform/metered-transport.ts";
import type { Metrics } from "../platform/metrics.ts";
import { formatHostPort } from "../platform/host-port.ts";
import type { BoundPlugin } from "../slots/slot-binding.ts";
import { SLOT_TABLE, type Ports } from "../slots/slot-table.ts";
import type { Slots } from "../slots/slots.ts";
import type { PluginEffects } from "./plugin-effects.ts";
import type { PluginStore } from "./plugin-store.ts";
import { WatchedPlugin, type WatchDeps } from "./watched-plugin.ts";

/** A plugin of rat.yaml and what runs for it. */
export interface ConfiguredPlugin {
  readonly entry: PluginEntry;
  readonly plugin: WatchedPlugin;
}

/** A change of the configured plugins that is ready to happen. One of the two is called, once. */
export interface PreparedPlugins {
  /** Makes it happen, all at once. */
  commit(): void;
  /** Gives it up. Nothing has changed. */
  cancel(): void;
}

/** What the plugins of rat.yaml need. */
export interface ConfiguredPluginsDeps extends WatchDeps {
  readonly slots: Slots;
  readonly store: PluginStore;
  readonly history: HealthHistory;
  readonly effects: PluginEffects;
  readonly metrics: Metrics;
  /** How long calls of a plugin that was replaced may still take, milliseconds. */
  readonly drainMs: () => number;
}

/** How long a new plugin may take until it serves, milliseconds: a change waits no longer. */
export const READY_LIMIT_MS = 10_000;
/** Why a change is given up while ratd stops: what it started would be nobody's. */
const STOPPING = "This ratd stops and starts no plugin any more.";
/** Time between two looks at whether a new plugin serves, milliseconds. */
const LOOK_MS = 50;

interface Running extends ConfiguredPlugin {
  /** False before a new plugin takes over, and after it was replaced: what becomes of it is nobody's news. */
  live: boolean;
}

/**
 * The plugins of rat.yaml, each bound to its slot. A changed file makes them come, go and move while requests run: a
 * new one is ready before it takes over, and one that was replaced keeps its connection for calls under way.
 */
export class ConfiguredPlugins implements Disposable {
  readonly #deps: ConfiguredPluginsDeps;
  readonly #retired = new Map<Running, () => void>();
  readonly #describedListeners = new Set<(plugin: ConfiguredPlugin) => void>();
  #running: readonly Running[] = [];
  #starts = 0;
  #closed = false;

  constructor(deps: ConfiguredPluginsDeps) {
    this.#deps = deps;
  }

  list(): readonly ConfiguredPlugin[] {
    return this.#running;
  }

  find(name: string): ConfiguredPlugin | undefined {
    return this.#running.find(({ entry }) => entry.name === name);
  }

  /** Calls `listener` when a plugin has described itself, until the returned function is called. */
  onDescribed(listener: (plugin: ConfiguredPlugin) => void): () => void {
    this.#describedListeners.add(listener);
    return () => this.#describedListeners.delete(listener);
  }

  /** The plugins of the start: bound at once, whatever their health, which the first check tells. */
  begin(entries: readonly PluginEntry[]): void {
    this.#running = entries.map((entry) => this.#start(entry));
    for (const running of this.#running) {
      this.#takeOver(running);
      this.#deps.history.begin(running.entry.name);
    }
    this.#register();
  }

  /** Checks all now, besides the checks that are due. Resolves when each has settled. */
  async checkNow(): Promise<void> {
    await Promise.all(this.#running.map(({ plugin }) => plugin.checkNow()));
  }

  /**
   * Readies a change to these plugins: starts what is new and waits until it serves.
   *
   * @throws RatError `reload_refused` when one does not get ready; nothing has changed then.
   */
  async prepare(entries: readonly PluginEntry[]): Promise<PreparedPlugins> {
    if (this.#closed) throw new RatError("reload_refused", STOPPING);
    const next = entries.map((entry) => {
      const known = this.find(entry.name);
      return known !== undefined && samePlugin(known.entry, entry)
        ? { ...known, entry, live: true }
        : this.#start(entry);
    });
    const known = new Set(this.#running.map(({ plugin }) => plugin));
    const fresh = next.filter(({ plugin }) => !known.has(plugin));
    const cancel = () => this.#giveUp(fresh);
    const problems = await Promise.all(fresh.map((running) => this.#untilReady(running)));
    const unready = problems.filter((problem) => problem !== undefined);
    if (unready.length > 0 || this.#closed) {
      cancel();
      throw new RatError("reload_refused", this.#closed ? STOPPING : unready.join("\n"));
    }
    return { cancel, commit: () => (this.#closed ? cancel() : this.#commit(next)) };
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const [{ plugin }, cancel] of this.#retired) {
      cancel();
      plugin[Symbol.dispose]();
    }
    for (const { plugin } of this.#running) plugin[Symbol.dispose]();
  }

  #start(entry: PluginEntry): Running {
    const { effects } = this.#deps;
    const { name, policy, target, config } = entry;
    const subject = { name, slot: policy.slot };
    const id = `${name}#${(this.#starts += 1)}`;
    // Whoever stands for the plugin in the list now: a change of its policy alone makes a new entry of it.
    const current = () => this.#running.find((running) => running.live && running.plugin.id === id);
    const plugin = new WatchedPlugin({ id, name, target, config }, this.#deps, {
      onHealth: (health) => {
        if (current() === undefined) return;
        this.#deps.slots.update(id, health);
        effects.health(subject, health);
      },
      onDescription: (description) => {
        const running = current();
        if (running === undefined) return;
        effects.description(subject, description);
        for (const listener of this.#describedListeners) listener(running);
      },
      onCheck: (durationMs, observation) => effects.check(subject, durationMs, observation),
    });
    return { entry, plugin, live: false };
  }

  /** Resolves to what keeps the plugin from serving; to undefined when it serves. */
  async #untilReady({ entry, plugin }: Running): Promise<string | undefined> {
    const { clock } = this.#deps;
    const until = clock.monotonic() + READY_LIMIT_MS;
    void plugin.checkNow();
    while (!plugin.serves && !this.#closed) {
      if (clock.monotonic() >= until) {
        const { status, message } = plugin.health;
        const where = `${entry.policy.slot}: ${entry.name} at ${formatHostPort(entry.target.address)}`;
        return `${where} did not get ready within ${READY_LIMIT_MS / 1000} s (${status}${message && `: ${message}`})`;
      }
      await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve));
    }
    return undefined;
  }

  /** A change that was refused: what had its new configuration already gets the one in force again. */
  #giveUp(fresh: readonly Running[]): void {
    for (const { entry, plugin } of fresh) {
      plugin[Symbol.dispose]();
      const before = this.find(entry.name);
      if (before !== undefined && !this.#closed) void before.plugin.configureAnew();
    }
  }

  #commit(next: readonly Running[]): void {
    const before = this.#running;
    this.#running = next;
    const kept = new Set(next.map(({ plugin }) => plugin));
    const slots = new Set<SlotName>(next.map(({ entry }) => entry.policy.slot));
    for (const old of before)
      if (!slots.has(old.entry.policy.slot)) this.#deps.slots.unbind(old.entry.policy.slot);
    for (const running of next) this.#takeOver(running);
    for (const old of before) if (!kept.has(old.plugin)) this.#retire(old);
    this.#register();
  }

  /** Binds the plugin to its slot; one that is new tells of itself what it said before it took over. */
  #takeOver(running: Running): void {
    const { slots, history, effects, metrics, clock } = this.#deps;
    const { entry, plugin } = running;
    const { slot, onDown } = entry.policy;
    const isNew = !running.live;
    running.live = true;
    const boundPlugin: BoundPlugin = {
      id: plugin.id,
      name: entry.name,
      onDown,
      retryAfterSeconds: () => plugin.retryAfterSeconds,
    };
    const known = slots.current().bindings[slot];
    if (known.plugin?.id === plugin.id && known.port !== undefined) {
      slots.bind(slot, boundPlugin, known.port, plugin.health);
      return;
    }
    const transport = meteredTransport(plugin.connection, slot, metrics, () => clock.monotonic());
    bindRemote(slots, slot, boundPlugin, { name: entry.name, slot, transport }, plugin.health);
    if (!isNew || plugin.health.checkedAt === undefined) return;
    history.begin(entry.name);
    effects.health({ name: entry.name, slot }, plugin.health);
    effects.description({ name: entry.name, slot }, plugin.description);
    for (const listener of this.#describedListeners) listener(running);
  }

  #retire(old: Running): void {
    const { history, effects, clock, drainMs } = this.#deps;
    const { entry, plugin } = old;
    old.live = false;
    plugin.retire();
    const again = this.find(entry.name);
    if (again === undefined) history.end(entry.name);
    if (again?.entry.policy.slot !== entry.policy.slot) {
      effects.forget({ name: entry.name, slot: entry.policy.slot });
    }
    const cancel = clock.after(drainMs(), () => {
      this.#retired.delete(old);
      plugin[Symbol.dispose]();
    });
    this.#retired.set(old, cancel);
  }

  /** rat.yaml is what lasts: the database hears of it as soon as it can. */
  #register(): void {
    const registrations = this.#running.map(({ entry: { name, image, target, policy } }) => ({
      name,
      slot: policy.slot,
      image,
      address: formatHostPort(target.address),
    }));
    void this.#deps.store.register("config", registrations);
  }
}

/** Whether what runs for an entry serves the other too: all but the policy is the same. */
function samePlugin(a: PluginEntry, b: PluginEntry): boolean {
  const { policy, ...rest } = a;
  const { policy: other, ...otherRest } = b;
  return policy.slot === other.slot && isDeepStrictEqual(rest, otherRest);
}

function bindRemote<S extends SlotName>(
  slots: Slots,
  slot: S,
  plugin: BoundPlugin,
  remote: Parameters<(typeof SLOT_TABLE)[S]["remote"]>[0],
  health: Health,
): void {
  const port: Ports[S] = SLOT_TABLE[slot].remote(remote);
  slots.bind<S>(slot, plugin, port, health);
}
