import { HealthHistory } from "../../services/ratd/src/health/history/health-history.ts";
import { systemClock } from "../../services/ratd/src/platform/clock.ts";
import type { Database } from "../../services/ratd/src/platform/database/database.ts";
import { silentLogger } from "../../services/ratd/src/platform/logger.ts";
import { PluginStore } from "../../services/ratd/src/plugins/plugin-store.ts";
import type { PluginRegistration } from "../../services/ratd/src/plugins/plugin.ts";
import { Schema } from "../../services/ratd/src/schema/schema.ts";

/** The plugin records of one replica and the history of their health, on a database. */
export interface PluginsLab extends AsyncDisposable {
  readonly store: PluginStore;
  readonly history: HealthHistory;
  /** The plugins of rat.yaml from now on; those that it names no more are watched no more. */
  configure(plugins: readonly PluginRegistration[]): Promise<void>;
}

/** Opens them with these plugins in rat.yaml. */
export function openPlugins(
  stack: AsyncDisposableStack,
  database: Database,
  plugins: readonly PluginRegistration[],
): PluginsLab {
  const deps = { database, clock: systemClock, logger: silentLogger };
  const schema = new Schema(deps);
  const store = new PluginStore({ schema, ...deps });
  const history = new HealthHistory({ ready: () => store.saved(), present: () => schema.present, ...deps });
  let known: readonly PluginRegistration[] = [];
  const lab: PluginsLab = {
    store,
    history,
    configure(next) {
      for (const { name } of known) history.end(name);
      for (const { name } of next) history.begin(name);
      known = next;
      return store.register("config", next);
    },
    async [Symbol.asyncDispose]() {
      await history[Symbol.asyncDispose]();
      store[Symbol.dispose]();
    },
  };
  void lab.configure(plugins);
  return stack.use(lab);
}
