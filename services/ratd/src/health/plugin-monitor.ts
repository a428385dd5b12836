import { createClient } from "@connectrpc/connect";
import { PluginService } from "@rat/contracts/plugin";
import type { Clock } from "../platform/clock.ts";
import { classifyFailure, printable } from "../platform/connection/failure.ts";
import type { PassiveSignal, PluginConnection } from "../platform/connection/plugin-connection.ts";
import type { Replica } from "../platform/connection/replica.ts";
import { ReplicaCheck, type CheckOptions, type Identity } from "./check-replica.ts";
import { combine, readStatus, type Health, type Observation } from "./health.ts";
import { HealthTracker } from "./health-tracker.ts";

/** Least time between two checks that passive signals cause, milliseconds. */
const SIGNAL_SPACING_MS = 1000;
/** Connections lost right after a check, in a row, until the plugin is taken for one that keeps none open. */
const QUICK_LOSSES = 3;
/** Time between two knocks at an address that keeps no connection open: seen as gone within a second. */
const KNOCK_INTERVAL_MS = 500;
/** Delays between checks of a plugin that does not serve; the last one keeps recovery within two seconds. */
const RECOVERY_DELAYS_MS = [100, 200, 400, 800];
/** Share of the interval by which checks are spread, so that plugins are not checked in step. */
const JITTER = 0.1;

/** What a monitor is told and what it reports to. */
export interface MonitorOptions {
  readonly connection: PluginConnection;
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly failureThreshold: number;
  readonly config: CheckOptions["config"];
  /** Called after every check and on every word of the plugin, changed or not. Must not throw. */
  readonly onHealth: (health: Health) => void;
  readonly onIdentity: (identity: Identity) => void;
  /** Called with the duration of each round of checks, in milliseconds. */
  readonly onRound?: (durationMs: number, observation: Observation) => void;
}

/**
 * Watches one plugin: a check every interval, and at once when a connection closes or calls fail; while it
 * does not serve, half-open checks with backoff, started even while earlier ones still wait for an answer.
 */
export class PluginMonitor implements Disposable {
  readonly #options: MonitorOptions;
  readonly #tracker: HealthTracker;
  readonly #checks = new Map<Replica, ReplicaCheck>();
  /** What each address answered last. */
  readonly #answers = new WeakMap<Replica, Observation>();
  readonly #watched = new Set<Replica>();
  readonly #abort = new AbortController();
  #cancelTimer: () => void = () => undefined;
  #cancelKnock: () => void = () => undefined;
  #capabilities: readonly string[] = [];
  /** Numbers of the last round started, and of the newest round whose result counted. */
  #started = 0;
  #applied = 0;
  #underWay = 0;
  #startedAt = Number.NEGATIVE_INFINITY;
  #fullRoundAt = Number.NEGATIVE_INFINITY;
  #recoveryStep = 0;
  #quickLosses = 0;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#tracker = new HealthTracker(options.failureThreshold, options.clock.now());
  }

  get health(): Health {
    return this.#tracker.health;
  }

  /** When the next check is due at the latest, in milliseconds from now; at least 0. */
  get nextCheckInMs(): number {
    return Math.max(0, this.#dueAt - this.#options.clock.monotonic());
  }
  #dueAt = 0;

  /** Checks now; the first call starts the checks for good. Resolves when this check has settled. */
  async checkNow(): Promise<void> {
    await this.#round();
  }

  /** What a call to this address must wait for: the configuration of a process that was restarted. */
  beforeCall(replica: Replica): Promise<void> | undefined {
    return this.#checks.get(replica)?.beforeCall();
  }

  /** A passive signal of the connection. */
  signal(signal: PassiveSignal): void {
    if (this.#abort.signal.aborted || this.#underWay > 0) return;
    const quiet = this.#options.clock.monotonic() - this.#startedAt;
    const soon = quiet < SIGNAL_SPACING_MS;
    if (signal.kind === "lost") this.#quickLosses = soon ? this.#quickLosses + 1 : 0;
    if (!soon || (signal.kind === "failed" && signal.failure.kind === "refused")) {
      void this.#round();
      return;
    }
    // A plugin that closes every connection after its answer would be checked without end: knocking does for it.
    if (this.#quickLosses <= QUICK_LOSSES) this.#schedule(SIGNAL_SPACING_MS - quiet);
    this.#keepKnocking();
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
    this.#cancelTimer();
    this.#cancelKnock();
  }

  /** One round of checks: of all addresses, or only of those that were left out while the others serve. */
  async #round(scope: "all" | "ejected" = "all"): Promise<void> {
    const number = ++this.#started;
    const { clock, onRound } = this.#options;
    this.#startedAt = clock.monotonic();
    if (scope === "all") this.#fullRoundAt = this.#startedAt;
    this.#underWay++;
    // While a plugin that is down hangs, further checks go out beside the hanging one: its return is seen at once.
    const recovering = this.health.status === "down";
    if (recovering) this.#planNext();
    else this.#cancelTimer();
    try {
      const observation = await this.#observe(scope);
      onRound?.(clock.monotonic() - this.#startedAt, observation);
      if (this.#abort.signal.aborted || number < this.#applied) return;
      this.#applied = number;
      const verdict = this.#tracker.observe(observation, clock.now());
      if (verdict.kind === "confirm") {
        await this.#round(scope);
        return;
      }
      this.#options.onHealth(verdict.health);
    } finally {
      this.#underWay--;
    }
    if (this.#serving || !recovering) this.#planNext();
    this.#keepKnocking();
  }

  async #observe(scope: "all" | "ejected"): Promise<Observation> {
    const { connection } = this.#options;
    let replicas: readonly Replica[];
    try {
      replicas = await connection.refresh(!this.#serving);
    } catch (reason) {
      const { kind, message } = classifyFailure(reason);
      return { kind: kind === "refused" ? "refused" : "failed", message };
    }
    for (const known of this.#checks.keys()) if (!replicas.includes(known)) this.#checks.delete(known);
    const observations = replicas.map(async (replica) => {
      const known = scope === "ejected" && !replica.ejected ? this.#answers.get(replica) : undefined;
      return known ?? this.#checkReplica(replica);
    });
    return combine(await Promise.all(observations), !connection.local);
  }

  async #checkReplica(replica: Replica): Promise<Observation> {
    let check = this.#checks.get(replica);
    if (check === undefined) {
      check = new ReplicaCheck(replica, {
        timeoutMs: this.#options.timeoutMs,
        config: this.#options.config,
        signal: this.#abort.signal,
        onIdentity: (identity) => {
          this.#capabilities = identity.capabilities;
          this.#options.onIdentity(identity);
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
        if (this.#options.connection.replicas.length > 1)
          this.signal({ kind: "lost", address: replica.address });
        else this.#hear(readStatus(status, printable(message)));
      }
    } catch {
      // The next check says what is wrong.
    } finally {
      this.#watched.delete(replica);
    }
    if (!this.#abort.signal.aborted) this.signal({ kind: "lost", address: replica.address });
  }

  #hear(observation: Observation): void {
    if (this.#abort.signal.aborted || this.#underWay > 0) return;
    const verdict = this.#tracker.observe(observation, this.#options.clock.now());
    if (verdict.kind === "settled") this.#options.onHealth(verdict.health);
    this.#planNext();
  }

  get #serving(): boolean {
    const { status } = this.health;
    return status === "healthy" || status === "degraded";
  }

  #planNext(): void {
    const { random, intervalMs, connection } = this.#options;
    const ejected = !connection.local && connection.replicas.some((replica) => replica.ejected);
    if (this.#serving && !ejected) {
      this.#recoveryStep = 0;
      this.#schedule(intervalMs * (1 - JITTER * random()), "all");
      return;
    }
    const delay = RECOVERY_DELAYS_MS[Math.min(this.#recoveryStep++, RECOVERY_DELAYS_MS.length - 1)] ?? 0;
    const due = delay * (1 + JITTER * random());
    // The addresses that serve keep their interval while the others are tried again.
    const fullRoundDue = this.#fullRoundAt + intervalMs <= this.#options.clock.monotonic() + due;
    this.#schedule(due, this.#serving && !fullRoundDue ? "ejected" : "all");
  }

  #schedule(delayMs: number, scope: "all" | "ejected" = "all"): void {
    this.#cancelTimer();
    const { clock } = this.#options;
    this.#dueAt = clock.monotonic() + delayMs;
    this.#cancelTimer = this.#abort.signal.aborted
      ? () => undefined
      : clock.after(delayMs, () => void this.#round(scope));
  }

  /** While an address that serves keeps no connection open, its end would go unnoticed: knock twice a second. */
  #keepKnocking(): void {
    this.#cancelKnock();
    if (this.#abort.signal.aborted || !this.#serving) return;
    const silent = this.#options.connection.replicas.filter(
      (replica) => !replica.connected && !replica.ejected,
    );
    if (silent.length === 0) return;
    this.#cancelKnock = this.#options.clock.after(KNOCK_INTERVAL_MS, () => {
      void Promise.all(silent.map((replica) => replica.knock())).then(
        () => this.#keepKnocking(),
        () => (this.#underWay > 0 ? undefined : void this.#round()),
      );
    });
  }
}
