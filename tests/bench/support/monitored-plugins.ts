import type { Health } from "../../../services/ratd/src/health/health.ts";
import { systemClock } from "../../../services/ratd/src/platform/clock.ts";
import { systemResolver } from "../../../services/ratd/src/platform/connection/address-book.ts";
import { WatchedPlugin } from "../../../services/ratd/src/plugins/watched-plugin.ts";

/** Monitors one plugin for each port, exactly as ratd does with its defaults. */
export function monitorPlugins(
  ports: readonly number[],
  onHealth: (health: Health) => void = () => undefined,
): readonly WatchedPlugin[] {
  return ports.map(
    (port) =>
      new WatchedPlugin(
        {
          id: `plugin-${port}`,
          name: `plugin-${port}`,
          target: {
            address: { host: "127.0.0.1", port },
            tls: undefined,
            protocol: "auto",
            dialTimeoutMs: 5_000,
            rpcTimeoutMs: 10_000,
            health: { intervalMs: 30_000, timeoutMs: 5_000, failureThreshold: 1 },
          },
          config: undefined,
        },
        { clock: systemClock, random: Math.random, resolver: systemResolver },
        { onHealth },
      ),
  );
}

/** One sweep: checks every plugin now. */
export async function sweep(plugins: readonly WatchedPlugin[]): Promise<void> {
  await Promise.all(plugins.map((plugin) => plugin.checkNow()));
}

/** Throws unless every plugin was found healthy: a sweep of failures would be a fast one. */
export function expectHealthy(plugins: readonly WatchedPlugin[]): void {
  const sick = plugins.find(({ health }) => health.status !== "healthy");
  if (sick !== undefined) throw new Error(`${sick.name} is ${sick.health.status}: ${sick.health.message}`);
}

/** Ends the monitors and closes their connections. */
export function endMonitors(plugins: readonly WatchedPlugin[]): void {
  for (const plugin of plugins) plugin[Symbol.dispose]();
}
