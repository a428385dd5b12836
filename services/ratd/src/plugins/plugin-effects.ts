import type { SlotName } from "../config/schema.ts";
import type { EventBus } from "../events/event-bus.ts";
import { HEALTH_STATUSES, type Health, type HealthStatus, type Observation } from "../health/health.ts";
import type { HealthHistory } from "../health/history/health-history.ts";
import type { PluginDescription } from "../health/rpc/plugin-description.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";

/** Those who hear of a plugin's health. */
export interface PluginEffectsDeps {
  readonly history: Pick<HealthHistory, "record" | "recordVersion">;
  readonly events: EventBus;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The plugin that is spoken of, by the names that metrics and events use. */
export interface Subject {
  readonly name: string;
  readonly slot: SlotName;
}

/** What follows from a plugin's health besides its slot: record, metric, event and log. */
export class PluginEffects {
  readonly #deps: PluginEffectsDeps;
  readonly #last = new Map<string, HealthStatus>();
  readonly #info = new Map<string, Readonly<Record<string, string>>>();

  constructor(deps: PluginEffectsDeps) {
    this.#deps = deps;
  }

  health({ name, slot }: Subject, health: Health): void {
    const { history, events, metrics, logger, clock } = this.#deps;
    const { status, message } = health;
    const checkedAt = health.checkedAt ?? clock.now();
    history.record({ plugin: name, status, message, checkedAt: new Date(checkedAt) });
    metrics.lastHealth.set({ plugin: name, slot }, checkedAt / 1000);
    const before = this.#last.get(name);
    if (before === status) return;
    this.#last.set(name, status);
    for (const one of HEALTH_STATUSES) {
      metrics.pluginHealth.set({ plugin: name, slot, status: one }, one === status ? 1 : 0);
    }
    const facts = { slot, from: before ?? "unknown", to: status, message };
    events.publish("plugins", `plugin.health.${health.status}`, name, facts);
    logger[status === "healthy" ? "info" : "warn"]({ plugin: name, ...facts }, "plugin health");
  }

  description({ name, slot }: Subject, { version }: PluginDescription): void {
    const { history, metrics } = this.#deps;
    history.recordVersion(name, version ?? null);
    const facts = {
      plugin: name,
      slot,
      version: version ?? "",
      source: "config",
      signature_status: "skipped",
    };
    // A gauge is removed by all its labels: the version that it had is one of them.
    this.#removeInfo(name);
    this.#info.set(name, facts);
    metrics.pluginInfo.set(facts, 1);
  }

  check({ name, slot }: Subject, durationMs: number, observation: Observation): void {
    const { metrics } = this.#deps;
    const labels = { plugin: name, slot };
    metrics.healthCheckDuration.observe(labels, durationMs / 1000);
    const result = observation.kind === "answer" ? observation.status : observation.kind;
    metrics.healthChecks.inc({ ...labels, result });
  }

  /** A plugin is gone: its gauges go with it. What was counted stays. */
  forget({ name, slot }: Subject): void {
    const { metrics } = this.#deps;
    this.#last.delete(name);
    this.#removeInfo(name);
    metrics.lastHealth.remove({ plugin: name, slot });
    for (const status of HEALTH_STATUSES) metrics.pluginHealth.remove({ plugin: name, slot, status });
  }

  #removeInfo(name: string): void {
    const facts = this.#info.get(name);
    if (facts !== undefined) this.#deps.metrics.pluginInfo.remove({ ...facts });
    this.#info.delete(name);
  }
}
