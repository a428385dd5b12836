import type { Clock } from "../platform/clock.ts";
import type { HealthTimes } from "../config/plugin-target.ts";
import { serves, type Health, type Observation } from "./health.ts";
import { HealthTracker } from "./health-tracker.ts";
import type { Hint, Prober, ProbeOptions } from "./prober.ts";

/** Least time between two checks that hints cause, milliseconds. */
const HINT_SPACING_MS = 1000;
/** Hints right after a check, in a row, until the plugin is taken for one that keeps no connection open. */
const QUICK_LOSSES = 3;
/** Time between two knocks at a plugin that keeps no connection open: seen as gone within a second. */
const KNOCK_INTERVAL_MS = 500;
/** Delays between checks of a plugin that does not serve; the last one keeps recovery within two seconds. */
const RECOVERY_DELAYS_MS = [100, 200, 400, 800];
/** Share of the interval by which checks are spread, so that plugins are not checked in step. */
const JITTER = 0.1;

/** What a monitor is told and what it reports to. */
export interface MonitorOptions {
  readonly prober: Prober;
  readonly times: Pick<HealthTimes, "intervalMs" | "failureThreshold">;
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
  /** Called after every check and on every word of the plugin, changed or not. Must not throw. */
  readonly onHealth: (health: Health) => void;
  /** Called with the duration of each round of checks, in milliseconds. */
  readonly onRound?: (durationMs: number, observation: Observation) => void;
}

/**
 * Watches one plugin: a check every interval, and at once when the prober noticed an end or failing calls; while the
 * plugin does not serve, half-open checks with backoff, started even while earlier ones still wait for an answer.
 */
export class HealthMonitor implements Disposable {
  readonly #options: MonitorOptions;
  readonly #tracker: HealthTracker;
  #cancelTimer: () => void = () => undefined;
  #cancelKnock: () => void = () => undefined;
  #stopped = false;
  /** Numbers of the last round started, and of the newest round whose result counted. */
  #started = 0;
  #applied = 0;
  #underWay = 0;
  #startedAt = Number.NEGATIVE_INFINITY;
  #fullRoundAt = Number.NEGATIVE_INFINITY;
  #dueAt = 0;
  #recoveryStep = 0;
  #quickLosses = 0;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#tracker = new HealthTracker(options.times.failureThreshold, options.clock.now());
    options.prober.listen({
      onHint: (hint) => this.#take(hint),
      onWord: (observation) => this.#hear(observation),
    });
  }

  get health(): Health {
    return this.#tracker.health;
  }

  /** When the next check is due at the latest, in milliseconds from now; at least 0. */
  get nextCheckInMs(): number {
    return Math.max(0, this.#dueAt - this.#options.clock.monotonic());
  }

  /** Checks now; the first call starts the checks for good. Resolves when this check has settled. */
  async checkNow(): Promise<void> {
    await this.#round("all");
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    this.#cancelTimer();
    this.#cancelKnock();
    this.#options.prober[Symbol.dispose]();
  }

  #take(hint: Hint): void {
    if (this.#stopped || this.#underWay > 0) return;
    const quiet = this.#options.clock.monotonic() - this.#startedAt;
    const soon = quiet < HINT_SPACING_MS;
    if (hint === "lost") this.#quickLosses = soon ? this.#quickLosses + 1 : 0;
    if (!soon || hint === "gone") {
      void this.#round("all");
      return;
    }
    // A plugin that closes every connection after its answer would be checked without end: knocking does for it.
    if (this.#quickLosses <= QUICK_LOSSES) this.#schedule(HINT_SPACING_MS - quiet, "all");
    this.#keepKnocking();
  }

  #hear(observation: Observation): void {
    if (this.#stopped || this.#underWay > 0) return;
    const verdict = this.#tracker.observe(observation, this.#options.clock.now());
    if (verdict.kind === "settled") this.#options.onHealth(verdict.health);
    this.#planNext();
  }

  /** One round of checks: of the whole plugin, or only of the parts that were left out while the others serve. */
  async #round(scope: ProbeOptions["scope"]): Promise<void> {
    const number = ++this.#started;
    const { clock, prober, onRound } = this.#options;
    this.#startedAt = clock.monotonic();
    if (scope === "all") this.#fullRoundAt = this.#startedAt;
    this.#underWay++;
    // While a plugin that is down hangs, further checks go out beside the hanging one: its return is seen at once.
    const recovering = this.health.status === "down";
    if (recovering) this.#planNext();
    else this.#cancelTimer();
    try {
      const observation = await prober.probe({ scope, anew: !this.#serving });
      onRound?.(clock.monotonic() - this.#startedAt, observation);
      if (this.#stopped || number < this.#applied) return;
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

  get #serving(): boolean {
    return serves(this.health.status);
  }

  #planNext(): void {
    const { random, times, prober, clock } = this.#options;
    if (this.#serving && !prober.incomplete) {
      this.#recoveryStep = 0;
      this.#schedule(times.intervalMs * (1 - JITTER * random()), "all");
      return;
    }
    const delay = RECOVERY_DELAYS_MS[Math.min(this.#recoveryStep++, RECOVERY_DELAYS_MS.length - 1)] ?? 0;
    const due = delay * (1 + JITTER * random());
    // The parts that serve keep their interval while the others are tried again.
    const fullRoundDue = this.#fullRoundAt + times.intervalMs <= clock.monotonic() + due;
    this.#schedule(due, this.#serving && !fullRoundDue ? "missing" : "all");
  }

  #schedule(delayMs: number, scope: ProbeOptions["scope"]): void {
    this.#cancelTimer();
    if (this.#stopped) return;
    const { clock } = this.#options;
    this.#dueAt = clock.monotonic() + delayMs;
    this.#cancelTimer = clock.after(delayMs, () => void this.#round(scope));
  }

  /** While a plugin that serves keeps no connection open, its end would go unnoticed: knock twice a second. */
  #keepKnocking(): void {
    this.#cancelKnock();
    if (this.#stopped || !this.#serving) return;
    const { prober, clock } = this.#options;
    const { knock } = prober;
    if (knock === undefined) return;
    this.#cancelKnock = clock.after(KNOCK_INTERVAL_MS, () => {
      void knock().then(
        () => this.#keepKnocking(),
        () => (this.#underWay > 0 ? undefined : void this.#round("all")),
      );
    });
  }
}
