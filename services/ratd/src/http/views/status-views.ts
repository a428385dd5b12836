import { formatHostPort } from "../../platform/host-port.ts";
import { SLOT_NAMES, type SlotName } from "../../config/schema.ts";
import type { SlotSnapshot } from "../../slots/slot-snapshot.ts";
import type { ConfiguredPlugin } from "../../plugins/configured-plugins.ts";
import type { HttpDeps } from "../deps.ts";
import type { Shape } from "../schemas.ts";

/** Part of every ratd, whatever its plugins. */
const PIPELINE_FEATURES = { pipeline_triggers: true, pipeline_versions: true };

/** The body of /health. */
export function healthView(deps: HttpDeps, slots: SlotSnapshot, uptimeMs: number): Shape<"Health"> {
  const services = deps.services();
  return {
    status: services.some(({ state }) => state === "down") ? "degraded" : "ok",
    version: deps.version,
    edition: editionOf(deps),
    uptime_seconds: Math.floor(uptimeMs / 1000),
    exposure: deps.config.loopback ? "loopback" : "network",
    services: Object.fromEntries(services.map(({ name, state }) => [name, state])),
    plugins: Object.fromEntries(
      deps.plugins.configured.list().map(({ plugin }) => [plugin.name, plugin.health.status]),
    ),
    fallback_active: slots.fallbackActive,
    slots: Object.fromEntries(SLOT_NAMES.map((slot) => [slot, slotSummary(deps, slots, slot)])),
  };
}

/** The body of /features: a slot's flag is true only while a plugin serves it. */
export function featuresView(deps: HttpDeps, slots: SlotSnapshot): Shape<"Features"> {
  const serves = (slot: SlotName) => slots.statuses[slot].servedBy === "plugin";
  const { auth } = slots.statuses;
  return {
    edition: editionOf(deps),
    auth: serves("auth"),
    sharing: serves("sharing"),
    enforcement: serves("enforcement"),
    container_executor: serves("executor"),
    cloud_aws: serves("cloud"),
    ...PIPELINE_FEATURES,
    executor_delivery: delivery(deps.startsOnce()),
    auth_fallback: auth.state !== "builtin" && auth.servedBy === "builtin",
  };
}

/** A slot as /api/v1/slots shows it. */
export function slotView(deps: HttpDeps, slots: SlotSnapshot, slot: SlotName): Shape<"Slot"> {
  const entry = runningIn(deps, slots, slot)?.entry;
  return {
    name: slot,
    ...slotSummary(deps, slots, slot),
    image: entry?.image ?? null,
    address: entry === undefined ? null : formatHostPort(entry.target.address),
  };
}

function slotSummary(deps: HttpDeps, slots: SlotSnapshot, slot: SlotName): Shape<"SlotSummary"> {
  const { plugin, status } = slots.bindings[slot];
  const { state, servedBy, health, reason, since } = status;
  return {
    state,
    served_by: servedBy,
    plugin: plugin?.name ?? null,
    version: runningIn(deps, slots, slot)?.plugin.description.version ?? null,
    health: health?.status ?? null,
    on_down: plugin?.onDown ?? null,
    reason,
    since: new Date(since).toISOString(),
    fallback_requests: deps.slots.standIns(slot),
  };
}

function runningIn(deps: HttpDeps, slots: SlotSnapshot, slot: SlotName): ConfiguredPlugin | undefined {
  const { plugin: bound } = slots.bindings[slot];
  return deps.plugins.configured.list().find(({ plugin }) => plugin.id === bound?.id);
}

function editionOf({ config }: HttpDeps): "community" | "pro" {
  if (config.edition !== "auto") return config.edition;
  return config.plugins.length > 0 ? "pro" : "community";
}

function delivery(startsOnce: boolean | undefined): Shape<"Features">["executor_delivery"] {
  if (startsOnce === undefined) return null;
  return startsOnce ? "exactly_once" : "at_least_once";
}
