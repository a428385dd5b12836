import { readFileSync } from "node:fs";
import type { JsonObject } from "@bufbuild/protobuf";
import type { PluginConfig } from "../config/config.ts";
import { ANONYMOUS, type Identity } from "../health/check-replica.ts";
import type { Health, Observation } from "../health/health.ts";
import { PluginMonitor } from "../health/plugin-monitor.ts";
import type { Clock } from "../platform/clock.ts";
import type { Resolver } from "../platform/connection/address-book.ts";
import { tlsMaterial, type TlsMaterial } from "../platform/connection/dial.ts";
import { PluginConnection } from "../platform/connection/plugin-connection.ts";
import { describeWire, WIRE_LADDER } from "../platform/connection/wire.ts";

/** What a plugin tells of itself while ratd runs. Handlers must not throw. */
export interface PluginListener {
  readonly onHealth: (plugin: ConfiguredPlugin, health: Health) => void;
  readonly onIdentity: (plugin: ConfiguredPlugin, identity: Identity) => void;
  readonly onCheck: (plugin: ConfiguredPlugin, durationMs: number, observation: Observation) => void;
}

/** What a plugin needs from its surroundings. */
export interface PluginDeps extends PluginListener {
  readonly clock: Clock;
  readonly random: () => number;
  readonly resolver: Resolver;
}

/** One plugin of rat.yaml at run time: its connection, its monitor, and what it said of itself. */
export class ConfiguredPlugin implements Disposable {
  readonly config: PluginConfig;
  readonly connection: PluginConnection;
  readonly #monitor: PluginMonitor;
  #identity: Identity = ANONYMOUS;

  constructor(config: PluginConfig, deps: PluginDeps) {
    this.config = config;
    this.connection = new PluginConnection(
      {
        authority: config.address,
        tls: readTls(config),
        ladder: WIRE_LADDER[config.protocol],
        dialTimeoutMs: config.dialTimeoutMs,
        rpcTimeoutMs: config.rpcTimeoutMs,
      },
      {
        resolver: deps.resolver,
        clock: deps.clock,
        onSignal: (signal) => this.#monitor.signal(signal),
        beforeCall: (replica) => this.#monitor.beforeCall(replica),
      },
    );
    this.#monitor = new PluginMonitor({
      connection: this.connection,
      clock: deps.clock,
      random: deps.random,
      intervalMs: config.healthIntervalMs,
      timeoutMs: config.healthTimeoutMs,
      failureThreshold: config.failureThreshold,
      // YAML without tags is JSON.
      config: config.config as JsonObject | undefined,
      onHealth: (health) => deps.onHealth(this, health),
      onIdentity: (identity) => {
        this.#identity = identity;
        deps.onIdentity(this, identity);
      },
      onRound: (durationMs, observation) => deps.onCheck(this, durationMs, observation),
    });
  }

  get identity(): Identity {
    return this.#identity;
  }

  get health(): Health {
    return this.#monitor.health;
  }

  /** Seconds until the next check, at least 1: what a refused caller is told to wait. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil(this.#monitor.nextCheckInMs / 1000));
  }

  /** The wire in use, in words; undefined before the first answer. */
  get wire(): string | undefined {
    const wire = this.connection.replicas.find((replica) => replica.wire !== undefined)?.wire;
    return wire && describeWire(wire);
  }

  /** Checks the plugin now; the first call starts the checks for good. Resolves when this one has settled. */
  checkNow(): Promise<void> {
    return this.#monitor.checkNow();
  }

  [Symbol.dispose](): void {
    this.#monitor[Symbol.dispose]();
    this.connection[Symbol.dispose]();
  }
}

function readTls({ tls, address }: PluginConfig): TlsMaterial | undefined {
  if (tls === undefined) return undefined;
  const read = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path, "utf8"));
  return tlsMaterial({
    ca: read(tls.ca),
    cert: read(tls.cert),
    key: read(tls.key),
    serverName: tls.serverName ?? address.host,
  });
}
