import { pipelineId, type PipelineName } from "../pipeline-id.ts";

/** What somebody wants to do with what. ratd finds out the rest: who owns it, and what it lies in. */
export interface Question {
  /** `read`, `write`, `execute`, `create`, `delete`, `share`, `transfer` or `use`. */
  readonly action: string;
  /** For example `namespace`, `pipeline`, `table`, `run`. */
  readonly resourceType: string;
  /** Empty asks for the kind as a whole. */
  readonly resourceId: string;
  /** The pipeline of a run, where the id does not say it. */
  readonly within?: PipelineName;
}

/** A question about a pipeline, its versions or its triggers. */
export function aboutPipeline(action: string, name: PipelineName): Question {
  return { action, resourceType: "pipeline", resourceId: pipelineId(name) };
}

/** A question about a namespace or its files. */
export function aboutNamespace(action: string, namespace: string): Question {
  return { action, resourceType: "namespace", resourceId: namespace };
}

/** A question about a run. */
export function aboutRun(action: string, id: string, within: PipelineName): Question {
  return { action, resourceType: "run", resourceId: id, within };
}
