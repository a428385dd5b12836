import type { FastifyRequest } from "fastify";
import type { EventBus } from "../events/event-bus.ts";
import { pipelineId, type PipelineName } from "../pipelines/pipeline.ts";
import type { PublicationChange } from "../pipelines/publication-store.ts";

/** Tells that another version of a pipeline is in force; nothing when it is the same. */
export function announcePublication(
  events: EventBus,
  name: PipelineName,
  { from, to }: PublicationChange,
  { rat }: FastifyRequest,
): void {
  if (from === to) return;
  const facts = { from, to, by: rat.principal.identity.userId };
  events.publish("pipelines", "pipeline.version.published", pipelineId(name), facts);
}
