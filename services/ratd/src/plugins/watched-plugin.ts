import type { PluginTarget } from "../config/plugin-target.ts";
import { HealthMonitor } from "../health/health-monitor.ts";
import { serves, type Health, type Observation } from "../health/health.ts";
import { UNDESCRIBED, type PluginDescription } from "../health/rpc/plugin-description.ts";
import { RpcProber } from "../health/rpc/rpc-prober.ts";
import type { Clock } from "../platform/clock.ts";
import type { Resolver } from "../platform/connection/address-book.ts";
import { tlsMaterial } from "../platform/connection/dial.ts";
import { PluginConnection } from "../platform/connection/plugin-connection.ts";
import { describeWire, WIRE_LADDER } from "../platform/connection/wire.ts";

/** One plugin to watch. */
export interface WatchedPluginSpec {
  /** One start of one plugin: the same plugin at a new address has another. */
  readonly id: string;
  readonly name: string;
  readonly target: PluginTarget;
  /** Handed to each process of the plugin before its first call. May hold secrets. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
}

/** Hears what becomes known of a plugin. Must not throw. */
export interface WatchListener {
  readonly onHealth?: (health: Health) => void;
  readonly onDescription?: (description: PluginDescription) => void;
  /** A round of checks took so long, milliseconds. */
  readonly onCheck?: (durationMs: number, observation: Observation) => void;
}

/** What watching needs from its surroundings. */
export interface WatchDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly resolver: Resolver;
}

/** An address behind a plugin's host name, for people. */
export interface PluginAddress {
  readonly host: string;
  readonly port: number;
  readonly connected: boolean;
  /** Left out of calls until a check finds it well again. */
  readonly ejected: boolean;
  /** Undefined before the first answer. */
  readonly wire: string | undefined;
}

/** A plugin that ratd reaches over the network: its connection, its monitor, and what it said of itself. */
export class WatchedPlugin implements Disposable {
  readonly id: string;
  readonly name: string;
  readonly target: PluginTarget;
  readonly connection: PluginConnection;
  readonly #prober: RpcProber;
  readonly #monitor: HealthMonitor;
  #description: PluginDescription = UNDESCRIBED;

  constructor({ id, name, target, config }: WatchedPluginSpec, deps: WatchDeps, listener: WatchListener) {
    this.id = id;
    this.name = name;
    this.target = target;
    this.connection = new PluginConnection(
      {
        authority: target.address,
        tls: target.tls && tlsMaterial(target.tls),
        ladder: WIRE_LADDER[target.protocol],
        dialTimeoutMs: target.dialTimeoutMs,
        rpcTimeoutMs: target.rpcTimeoutMs,
      },
      {
        resolver: deps.resolver,
        clock: deps.clock,
        onSignal: (signal) => this.#prober.signal(signal),
        beforeCall: (replica) => this.#prober.beforeCall(replica),
      },
    );
    this.#prober = new RpcProber({
      connection: this.connection,
      timeoutMs: target.health.timeoutMs,
      config,
      onDescription: (description) => {
        this.#description = description;
        listener.onDescription?.(description);
      },
    });
    this.#monitor = new HealthMonitor({
      prober: this.#prober,
      times: target.health,
      clock: deps.clock,
      random: deps.random,
      onHealth: (health) => listener.onHealth?.(health),
      onRound: (durationMs, observation) => listener.onCheck?.(durationMs, observation),
    });
  }

  get description(): PluginDescription {
    return this.#description;
  }

  get health(): Health {
    return this.#monitor.health;
  }

  /** Whether it may be called. */
  get serves(): boolean {
    return serves(this.health.status);
  }

  /** Seconds until the next check, at least 1: what a refused caller is told to wait. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil(this.#monitor.nextCheckInMs / 1000));
  }

  /** The wire in use, in words; undefined before the first answer. */
  get wire(): string | undefined {
    return this.addresses().find(({ wire }) => wire !== undefined)?.wire;
  }

  addresses(): readonly PluginAddress[] {
    return this.connection.replicas.map(({ address, connected, ejected, wire }) => ({
      ...address,
      connected,
      ejected,
      wire: wire && describeWire(wire),
    }));
  }

  /** Checks the plugin now; the first call starts the checks for good. Resolves when this one has settled. */
  checkNow(): Promise<void> {
    return this.#monitor.checkNow();
  }

  /** Hands its configuration to every process of the plugin again, at the check that this begins. */
  configureAnew(): Promise<void> {
    this.#prober.forget();
    return this.#monitor.checkNow();
  }

  /** Ends the checks and leaves the connection to calls that are under way; dispose of it later. */
  retire(): void {
    this.#monitor[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#monitor[Symbol.dispose]();
    this.connection[Symbol.dispose]();
  }
}
