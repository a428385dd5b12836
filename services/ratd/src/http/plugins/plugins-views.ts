import { formatHostPort } from "../../config/host-port.ts";
import { SLOT_NAMES, type SlotName } from "../../config/schema.ts";
import type { HealthEvent, PluginRecord } from "../../registry/registry.ts";
import { describeWire } from "../../platform/connection/wire.ts";
import type { ConfiguredPlugin } from "../../plugins/configured-plugin.ts";
import type { Shape } from "../schemas.ts";

/** A plugin as /api/v1/plugins shows it: what is stored, and what is known of it now. */
export function pluginView(record: PluginRecord, running: ConfiguredPlugin | undefined): Shape<"Plugin"> {
  const slot = SLOT_NAMES.find((name): name is SlotName => name === record.slot) ?? "auth";
  return {
    id: record.name,
    name: record.name,
    slot,
    plugin_type: record.slot,
    source: "config",
    image: record.image,
    address: record.address,
    version: running?.identity.version ?? record.version,
    contracts: [...(running?.identity.contracts ?? [])],
    capabilities: [...(running?.identity.capabilities ?? [])],
    wire: running?.wire ?? null,
    state: record.removedAt === null ? "enabled" : "unloaded",
    enabled: record.removedAt === null,
    // Nobody checks a plugin that has left rat.yaml.
    health: record.removedAt === null ? record.status : "unknown",
    message: record.message,
    last_health: record.lastHealth?.toISOString() ?? null,
    health_since: record.statusSince.toISOString(),
    // A remote plugin is run by the operator: ratd obtains and executes nothing that it could verify.
    signature_status: "skipped",
    trust_basis: "operator_config",
    registered_at: record.registeredAt.toISOString(),
    removed_at: record.removedAt?.toISOString() ?? null,
  };
}

/** The addresses behind a plugin's host name. */
export function addressViews(running: ConfiguredPlugin | undefined): Shape<"PluginAddress">[] {
  return (running?.connection.replicas ?? []).map(({ address, connected, ejected, wire }) => ({
    address: formatHostPort(address),
    connected,
    ejected,
    wire: wire === undefined ? null : describeWire(wire),
  }));
}

/** One change of health. */
export function healthEventView({ from, to, message, at }: HealthEvent): Shape<"HealthEvent"> {
  return { from, to, message, at: at.toISOString() };
}
