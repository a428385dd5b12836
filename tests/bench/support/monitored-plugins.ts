import type { Health } from "../../../services/ratd/src/health/health.ts";
import { systemClock } from "../../../services/ratd/src/platform/clock.ts";
import { systemResolver } from "../../../services/ratd/src/platform/connection/address-book.ts";
import { ConfiguredPlugin } from "../../../services/ratd/src/plugins/configured-plugin.ts";

/** Monitors one plugin for each port, exactly as ratd does with its defaults. */
export function monitorPlugins(
  ports: readonly number[],
  onHealth: (health: Health) => void = () => undefined,
): readonly ConfiguredPlugin[] {
  return ports.map(
    (port) =>
      new ConfiguredPlugin(
        {
          name: `plugin-${port}`,
          slot: "auth",
          image: "bench",
          address: { host: "127.0.0.1", port },
          config: undefined,
          onDown: "noop",
          protocol: "auto",
          tls: undefined,
          dialTimeoutMs: 5_000,
          rpcTimeoutMs: 10_000,
          healthIntervalMs: 30_000,
          healthTimeoutMs: 5_000,
          failureThreshold: 1,
        },
        {
          clock: systemClock,
          random: Math.random,
          resolver: systemResolver,
          onHealth: (_plugin, health) => onHealth(health),
          onIdentity: () => undefined,
          onCheck: () => undefined,
        },
      ),
  );
}

/** One sweep: checks every plugin now. */
export async function sweep(plugins: readonly ConfiguredPlugin[]): Promise<void> {
  await Promise.all(plugins.map((plugin) => plugin.checkNow()));
}

/** Throws unless every plugin was found healthy: a sweep of failures would be a fast one. */
export function expectHealthy(plugins: readonly ConfiguredPlugin[]): void {
  const sick = plugins.find(({ health }) => health.status !== "healthy");
  if (sick !== undefined)
    throw new Error(`${sick.config.name} is ${sick.health.status}: ${sick.health.message}`);
}

/** Ends the monitors and closes their connections. */
export function endMonitors(plugins: readonly ConfiguredPlugin[]): void {
  for (const plugin of plugins) plugin[Symbol.dispose]();
}
