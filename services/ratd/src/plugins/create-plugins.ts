import type { EventBus } from "../events/event-bus.ts";
import { HealthHistory } from "../health/history/health-history.ts";
import type { Database } from "../platform/database/database.ts";
import type { Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Schema } from "../schema/schema.ts";
import type { Slots } from "../slots/slots.ts";
import { ConfiguredPlugins } from "./configured-plugins.ts";
import { PluginEffects } from "./plugin-effects.ts";
import { PluginStore } from "./plugin-store.ts";
import type { WatchDeps } from "./watched-plugin.ts";

/** What the plugins need from their surroundings. */
export interface PluginsDeps extends WatchDeps {
  readonly database: Database;
  readonly schema: Schema;
  readonly slots: Slots;
  readonly events: EventBus;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Longest time that a request may take, milliseconds. */
  readonly requestMs: () => number;
}

/** The plugins, as the rest of ratd uses them. */
export interface Plugins extends AsyncDisposable {
  readonly configured: ConfiguredPlugins;
  readonly store: PluginStore;
  readonly history: HealthHistory;
}

/** Puts together what keeps, watches and binds plugins. */
export function createPlugins(deps: PluginsDeps): Plugins {
  const { database, schema, slots, events, metrics, clock, logger } = deps;
  const store = new PluginStore({ database, schema, clock, logger });
  const history = new HealthHistory({
    database,
    ready: () => store.saved(),
    present: () => schema.present,
    clock,
    logger,
  });
  const effects = new PluginEffects({ history, events, metrics, clock, logger });
  const configured = new ConfiguredPlugins({
    clock,
    random: deps.random,
    resolver: deps.resolver,
    slots,
    store,
    history,
    effects,
    metrics,
    // A request may call a plugin at its very end.
    drainMs: () => deps.requestMs() + LONGEST_CALL_MS,
  });
  return {
    configured,
    store,
    history,
    async [Symbol.asyncDispose]() {
      configured[Symbol.dispose]();
      await history[Symbol.asyncDispose]();
      store[Symbol.dispose]();
    },
  };
}

/** What a call of a plugin may take that is under way when its request ends, milliseconds. */
const LONGEST_CALL_MS = 10_000;
