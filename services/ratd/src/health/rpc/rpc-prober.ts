import { createClient } from "@connectrpc/connect";
import { PluginService } from "@rat/contracts/plugin";
import { classifyFailure, printable } from "../../platform/connection/failure.ts";
import type { PassiveSignal, PluginConnection } from "../../platform/connection/plugin-connection.ts";
import type { Replica } from "../../platform/connection/replica.ts";
import { combine, readStatus, type Observation } from "../health.ts";
import type { ProbeListener, ProbeOptions, Prober } from "../prober.ts";
import { ReplicaCheck, type CheckOptions } from "./check-replica.ts";
import type { PluginDescription } from "./plugin-description.ts";

/** What a prober of a plugin asks by. */
export interface RpcProberOptions {
  readonly connection: PluginConnection;
  /** Limit for each call, milliseconds. */
  readonly timeoutMs: number;
  readonly config: CheckOptions["config"];
  readonly onDescription: (description: PluginDescription) => void;
}

/**
 * Asks a plugin by HealthCheck at each of its addresses, and follows WatchHealth where it is offered. An address that
 * does not answer is ejected from the connection until a probe finds it well again.
 */
export class RpcProber implements Prober {
  readonly #options: RpcProberOptions;
  readonly #checks = new Map<Replica, ReplicaCheck>();
  /** What each address answered last. */
  readonly #answers = new WeakMap<Replica, Observation>();
  readonly #watched = new Set<Replica>();
  readonly #abort = new AbortController();
  #capabilities: readonly string[] = [];
  #listener: ProbeListener = { onHint: () => undefined, onWord: () => undefined };

  constructor(options: RpcProberOptions) {
    this.#options = options;
  }

  listen(listener: ProbeListener): void {
    this.#listener = listener;
  }

  get incomplete(): boolean {
    const { connection } = this.#options;
    return !connection.local && connection.replicas.some((replica) => replica.ejected);
  }

  get knock(): (() => Promise<void>) | undefined {
    const silent = this.#options.connection.replicas.filter(
      (replica) => !replica.connected && !replica.ejected,
    );
    if (silent.length === 0) return undefined;
    return async () => void (await Promise.all(silent.map((replica) => replica.knock())));
  }

  async probe({ scope, anew }: ProbeOptions): Promise<Observation> {
    const { connection } = this.#options;
    let replicas: readonly Replica[];
    try {
      replicas = await connection.refresh(anew);
    } catch (reason) {
      const { kind, message } = classifyFailure(reason);
      return { kind: kind === "refused" ? "refused" : "failed", message };
    }
    for (const known of this.#checks.keys()) if (!replicas.includes(known)) this.#checks.delete(known);
    const observations = replicas.map(async (replica) => {
      const known = scope === "missing" && !replica.ejected ? this.#answers.get(replica) : undefined;
      return known ?? this.#check(replica);
    });
    return combine(await Promise.all(observations), !connection.local);
  }

  /** What a call to this address must wait for: the configuration of a process that was restarted. */
  beforeCall(replica: Replica): Promise<void> | undefined {
    // Who asks no more configures no more: another may have taken over the same process.
    return this.#abort.signal.aborted ? undefined : this.#checks.get(replica)?.beforeCall();
  }

  /** Takes every process for one that it has not met: the next probe introduces ratd again. */
  forget(): void {
    this.#checks.clear();
  }

  /** A passive signal of the connection. */
  signal(signal: PassiveSignal): void {
    if (signal.kind === "lost") this.#listener.onHint("lost");
    else this.#listener.onHint(signal.failure.kind === "refused" ? "gone" : "failed");
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  async #check(replica: Replica): Promise<Observation> {
    let check = this.#checks.get(replica);
    if (check === undefined) {
      check = new ReplicaCheck(replica, {
        timeoutMs: this.#options.timeoutMs,
        config: this.#options.config,
        signal: this.#abort.signal,
        onDescription: (description) => {
          this.#capabilities = description.capabilities;
          this.#options.onDescription(description);
        },
      });
      this.#checks.set(replica, check);
    }
    const observation = await check.run();
    this.#answers.set(replica, observation);
    replica.ejected = observation.kind !== "answer" || observation.status === "down";
    if (observation.kind === "answer") void this.#watch(replica);
    return observation;
  }

  /** Follows WatchHealth of a plugin that offers it, until the stream ends. */
  async #watch(replica: Replica): Promise<void> {
    if (!this.#capabilities.includes("watch_health") || this.#watched.has(replica)) return;
    this.#watched.add(replica);
    const client = createClient(PluginService, replica.transport());
    try {
      // A stream has no end, so it has no deadline: 0 switches the transport's default off.
      const stream = client.watchHealth({}, { signal: this.#abort.signal, timeoutMs: 0 });
      for await (const { status, message } of stream) {
        // With several addresses, one stream is not the health of the plugin.
        if (this.#options.connection.replicas.length > 1) this.#listener.onHint("lost");
        else this.#listener.onWord(readStatus(status, printable(message)));
      }
    } catch {
      // The next probe says what is wrong.
    } finally {
      this.#watched.delete(replica);
    }
    this.#listener.onHint("lost");
  }
}
