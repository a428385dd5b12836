import type { RatEvent } from "../events/event-bus.ts";
import { parsePipelineId } from "../pipeline-id.ts";
import type { Access } from "./access.ts";
import type { Caller } from "./caller.ts";
import { aboutPipeline, type Question } from "./question.ts";

/** Whether a caller may hear of an event; without an await when that is known already. */
export type EventFilter = (event: RatEvent) => boolean | Promise<boolean>;

/** Lets a caller hear of pipelines and runs that they may read, and of everything that is nobody's. */
export function eventFilter(access: Pick<Access, "decide">, caller: Caller): EventFilter {
  return (event) => {
    const question = questionAbout(event);
    if (question === undefined) return true;
    try {
      const decision = access.decide(caller.principal.identity, question, caller.slots, caller);
      if (!(decision instanceof Promise)) return decision.allowed;
      return decision.then(
        ({ allowed }) => allowed,
        () => false,
      );
    } catch {
      // The slot denies: who may not ask may not hear.
      return false;
    }
  };
}

function questionAbout({ topic, data }: RatEvent): Question | undefined {
  if (topic !== "runs" && topic !== "pipelines") return undefined;
  const object = String(data["object"]);
  const name = parsePipelineId(typeof data["pipeline"] === "string" ? data["pipeline"] : object);
  if (name !== undefined) return aboutPipeline("read", name);
  return { action: "read", resourceType: topic === "runs" ? "run" : "trigger", resourceId: object };
}
