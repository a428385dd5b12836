import type { EventBus } from "../events/event-bus.ts";
import { pipelineId, type PipelineName } from "../pipeline-id.ts";
import type { RunQueue } from "../runs/run-queue.ts";
import type { Fire } from "./fire.ts";
import type { TriggerKind } from "./trigger.ts";

/** Those who hear of fires. */
export interface AnnounceDeps {
  readonly events: EventBus;
  readonly queue: Pick<RunQueue, "wake">;
}

/** A fire that was committed. */
export interface CommittedFire {
  readonly trigger: string;
  readonly kind: TriggerKind;
  readonly pipeline: PipelineName;
  readonly fire: Fire;
}

/** What follows from a committed fire: an event, and the dispatcher looks at once. */
export function announceFire(
  { events, queue }: AnnounceDeps,
  { trigger, kind, pipeline, fire }: CommittedFire,
): void {
  const facts = { kind, pipeline: pipelineId(pipeline) };
  switch (fire.result) {
    case "started":
      events.publish("pipelines", "trigger.fired", trigger, { ...facts, run_id: fire.run });
      queue.wake();
      return;
    case "repeated":
      return;
    case "nothing":
      events.publish("pipelines", "trigger.failed", trigger, { ...facts, reason: fire.reason });
      return;
    default:
      fire satisfies never;
  }
}
