/**
 * The events that can fire triggers. Those about triggers and runs are not among them: a trigger that fires itself would
 * never end, and the success of a run has a trigger of its own kind.
 */
export const TRIGGERING_EVENTS = [
  "slot.active",
  "slot.degraded",
  "slot.fallback",
  "slot.denying",
  "slot.unknown",
  "slot.recovered",
  "plugin.health.healthy",
  "plugin.health.degraded",
  "plugin.health.down",
  "plugin.health.unknown",
  "service.health.healthy",
  "service.health.down",
  "pipeline.version.published",
] as const;
