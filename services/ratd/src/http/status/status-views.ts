import { SLOT_NAMES, type SlotName } from "../../config/schema.ts";
import type { SlotSnapshot } from "../../slots/slot-snapshot.ts";
import type { HttpServices } from "../deps.ts";
import type { Shape } from "../schemas.ts";
import { slotSummary } from "../slots/slots-views.ts";

/** Part of ratd, whatever its plugins. */
const PIPELINE_FEATURES = { pipeline_triggers: true, pipeline_versions: true };

/** The body of /health. */
export function healthView(deps: HttpServices, slots: SlotSnapshot): Shape<"Health"> {
  const services = deps.services();
  const problems = [...deps.problems()];
  const uptimeMs = deps.clock.monotonic() - deps.startedAt;
  return {
    status: problems.length > 0 || services.some(({ state }) => state === "down") ? "degraded" : "ok",
    version: deps.version,
    edition: editionOf(deps),
    uptime_seconds: Math.floor(uptimeMs / 1000),
    exposure: deps.live.current.loopback ? "loopback" : "network",
    services: Object.fromEntries(services.map(({ name, state }) => [name, state])),
    problems,
    plugins: Object.fromEntries(
      deps.plugins.configured.list().map(({ plugin }) => [plugin.name, plugin.health.status]),
    ),
    fallback_active: slots.fallbackActive,
    slots: Object.fromEntries(SLOT_NAMES.map((slot) => [slot, slotSummary(deps, slots, slot)])),
  };
}

/** The body of /features: a slot's flag is true only while a plugin serves it. */
export function featuresView(deps: HttpServices, slots: SlotSnapshot): Shape<"Features"> {
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

function editionOf({ live, plugins }: HttpServices): "community" | "pro" {
  const { edition } = live.current;
  if (edition !== "auto") return edition;
  return plugins.configured.list().length > 0 ? "pro" : "community";
}

function delivery(startsOnce: boolean | undefined): Shape<"Features">["executor_delivery"] {
  if (startsOnce === undefined) return null;
  return startsOnce ? "exactly_once" : "at_least_once";
}
