import { formatHostPort } from "../../platform/host-port.ts";
import type { HealthEvent, HealthRecord } from "../../health/history/health-record.ts";
import type { Plugin } from "../../plugins/plugin.ts";
import type { WatchedPlugin } from "../../plugins/watched-plugin.ts";
import type { Shape } from "../schemas.ts";

/** A plugin as /api/v1/plugins shows it: what is stored, and what is known of it now. */
export function pluginView(
  record: Plugin,
  health: HealthRecord | undefined,
  running: WatchedPlugin | undefined,
): Shape<"Plugin"> {
  return {
    id: record.name,
    name: record.name,
    slot: record.slot,
    plugin_type: record.slot ?? "",
    source: record.source,
    image: record.image,
    address: record.address,
    version: running?.description.version ?? health?.version ?? null,
    contracts: [...(running?.description.contracts ?? [])],
    capabilities: [...(running?.description.capabilities ?? [])],
    wire: running?.wire ?? null,
    state: record.removedAt === null ? "enabled" : "unloaded",
    enabled: record.removedAt === null,
    // Nobody checks a plugin that has left rat.yaml.
    health: record.removedAt === null ? (health?.status ?? "unknown") : "unknown",
    message: health?.message ?? "",
    last_health: health?.lastHealth?.toISOString() ?? null,
    health_since: (health?.statusSince ?? record.registeredAt).toISOString(),
    // A remote plugin is run by the operator: ratd obtains and executes nothing that it could verify.
    signature_status: "skipped",
    trust_basis: "operator_config",
    registered_at: record.registeredAt.toISOString(),
    removed_at: record.removedAt?.toISOString() ?? null,
  };
}

/** The addresses behind a plugin's host name. */
export function addressViews(running: WatchedPlugin | undefined): Shape<"PluginAddress">[] {
  return (running?.addresses() ?? []).map(({ connected, ejected, wire, ...address }) => ({
    address: formatHostPort(address),
    connected,
    ejected,
    wire: wire ?? null,
  }));
}

/** One change of health. */
export function healthEventView({ from, to, message, at }: HealthEvent): Shape<"HealthEvent"> {
  return { from, to, message, at: at.toISOString() };
}
