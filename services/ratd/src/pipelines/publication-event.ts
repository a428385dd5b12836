import type { EventBus } from "../events/event-bus.ts";
import { pipelineId, type PipelineName } from "../pipeline-id.ts";
import type { PublicationChange } from "./publication-store.ts";

/** Tells that another version of a pipeline is in force; nothing when it is the same. */
export function announcePublication(
  events: EventBus,
  name: PipelineName,
  { from, to }: PublicationChange,
  by: string,
): void {
  if (from === to) return;
  events.publish("pipelines", "pipeline.version.published", pipelineId(name), { from, to, by });
}
