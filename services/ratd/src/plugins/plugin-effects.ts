import type { SlotName } from "../config/schema.ts";
import type { EventBus } from "../events/event-bus.ts";
import type { Health } from "../health/health.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Registry } from "../registry/registry.ts";
import type { ConfiguredPlugin, PluginListener } from "./configured-plugin.ts";

const STATUSES = ["healthy", "degraded", "down", "unknown"] as const;

/** Those who hear of a plugin's health. */
export interface PluginEffectsDeps {
  readonly registry: Registry;
  readonly events: EventBus;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly updateSlot: (slot: SlotName, health: Health) => void;
}

/** What follows from a plugin's health: the slot first, then record, metric, event and log. */
export function pluginEffects(deps: PluginEffectsDeps): PluginListener {
  const { registry, events, metrics, logger, clock, updateSlot } = deps;
  const last = new Map<ConfiguredPlugin, Health["status"]>();
  return {
    onHealth(plugin, health) {
      const { name, slot } = plugin.config;
      updateSlot(slot, health);
      const checkedAt = health.checkedAt ?? clock.now();
      registry.recordHealth({
        name,
        status: health.status,
        message: health.message,
        checkedAt: new Date(checkedAt),
      });
      metrics.lastHealth.set({ plugin: name, slot }, checkedAt / 1000);
      const before = last.get(plugin) ?? "unknown";
      if (last.has(plugin) && before === health.status) return;
      last.set(plugin, health.status);
      for (const status of STATUSES) {
        metrics.pluginHealth.set({ plugin: name, slot, status }, status === health.status ? 1 : 0);
      }
      const facts = { slot, from: before, to: health.status, message: health.message };
      events.publish("plugins", `plugin.health.${health.status}`, name, facts);
      logger[health.status === "healthy" ? "info" : "warn"]({ plugin: name, ...facts }, "plugin health");
    },
    onIdentity(plugin, { version }) {
      const { name, slot } = plugin.config;
      registry.recordVersion(name, version ?? null);
      metrics.pluginInfo.remove({ plugin: name });
      metrics.pluginInfo.set(
        { plugin: name, slot, version: version ?? "", source: "config", signature_status: "skipped" },
        1,
      );
    },
    onCheck(plugin, durationMs, observation) {
      const labels = { plugin: plugin.config.name, slot: plugin.config.slot };
      metrics.healthCheckDuration.observe(labels, durationMs / 1000);
      const result = observation.kind === "answer" ? observation.status : observation.kind;
      metrics.healthChecks.inc({ ...labels, result });
    },
  };
}
