import type { EventBus } from "../events/event-bus.ts";
import type { Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { ServiceHealth } from "./services-monitor.ts";

/** Those who hear of the health of a core service. */
export interface ServiceEffectsDeps {
  readonly events: EventBus;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Hears that a core service has changed. */
export type ServiceListener = (before: Pick<ServiceHealth, "state">, after: ServiceHealth) => void;

/** What follows from a change of a core service: metric, event and log. */
export function serviceEffects({ events, metrics, logger }: ServiceEffectsDeps): ServiceListener {
  return (before, { name, state, message }) => {
    const facts = { from: before.state, to: state, message };
    metrics.serviceUp.set({ service: name }, state === "healthy" ? 1 : 0);
    events.publish("services", `service.health.${state}`, name, facts);
    logger[state === "down" ? "error" : "info"]({ service: name, ...facts }, "service health");
  };
}
