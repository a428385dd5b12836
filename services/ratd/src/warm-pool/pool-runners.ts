import type { PluginTarget } from "../config/plugin-target.ts";
import { formatHostPort, type HostPort } from "../platform/host-port.ts";
import type { ServiceHealth } from "../health/services-monitor.ts";
import type { Clock } from "../platform/clock.ts";
import type { Resolver } from "../platform/connection/address-book.ts";
import { WatchedPlugin } from "../plugins/watched-plugin.ts";
import { remoteExecutor } from "../slots/executor/remote-executor.ts";
import type { PoolRunner } from "./warm-pool.ts";

/** What runners are watched with. */
export interface PoolRunnersDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly resolver: Resolver;
  /** Whether there are to be runners, known already or not. */
  readonly expected: boolean;
  /** The pool as a core service has changed. */
  readonly onChange: (before: ServiceHealth, after: ServiceHealth) => void;
}

/** Runners are asked so often, milliseconds: they are ours, near, and runs wait for them. */
const HEALTH_INTERVAL_MS = 5000;

interface Watched {
  readonly plugin: WatchedPlugin;
  readonly runner: PoolRunner;
}

/** The runners of the warm pool: their connections, and whether they answer. */
export class PoolRunners implements Disposable {
  readonly #deps: PoolRunnersDeps;
  readonly #watched = new Map<string, Watched>();
  #service: ServiceHealth = { name: "runner", state: "unknown", message: "not yet checked" };

  constructor(deps: PoolRunnersDeps) {
    this.#deps = deps;
  }

  /** Watches exactly these addresses from now on. Resolves when the new ones were asked once. */
  async use(addresses: readonly HostPort[]): Promise<void> {
    const names = new Set(addresses.map(formatHostPort));
    for (const [name, { plugin }] of this.#watched) {
      if (names.has(name)) continue;
      plugin[Symbol.dispose]();
      this.#watched.delete(name);
    }
    const fresh = addresses.filter((address) => !this.#watched.has(formatHostPort(address)));
    await Promise.all(fresh.map((address) => this.#watch(address).plugin.checkNow()));
  }

  list(): readonly PoolRunner[] {
    return [...this.#watched.values()].map(({ runner }) => runner);
  }

  /** The pool as /health shows it; undefined when there is to be none. */
  get service(): ServiceHealth | undefined {
    return this.#deps.expected ? this.#service : undefined;
  }

  [Symbol.dispose](): void {
    for (const { plugin } of this.#watched.values()) plugin[Symbol.dispose]();
    this.#watched.clear();
  }

  #watch(address: HostPort): Watched {
    const name = formatHostPort(address);
    const target = { address, ...RUNNER_TARGET };
    const plugin = new WatchedPlugin({ id: name, name: "runner", target, config: undefined }, this.#deps, {
      onHealth: () => this.#judge(),
    });
    const port = remoteExecutor({ name: `runner ${name}`, slot: "executor", transport: plugin.connection });
    const watched = { plugin, runner: { name, port, ready: () => plugin.serves } };
    this.#watched.set(name, watched);
    return watched;
  }

  /** One runner that answers is enough. */
  #judge(): void {
    const before = this.#service;
    const all = [...this.#watched.values()];
    const silent = all.filter(({ runner }) => !runner.ready());
    this.#service = {
      name: "runner",
      state: silent.length < all.length ? "healthy" : "down",
      message: silent.map(({ runner, plugin }) => `${runner.name}: ${plugin.health.message}`).join("; "),
    };
    if (before.state !== this.#service.state) this.#deps.onChange(before, this.#service);
  }
}

/** How runners are reached: as plugins are. */
const RUNNER_TARGET: Omit<PluginTarget, "address"> = {
  tls: undefined,
  protocol: "connect",
  dialTimeoutMs: 5000,
  rpcTimeoutMs: 10_000,
  health: { intervalMs: HEALTH_INTERVAL_MS, timeoutMs: 5000, failureThreshold: 1 },
};
