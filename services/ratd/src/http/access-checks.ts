import { pipelineId, type PipelineName } from "../pipelines/pipeline.ts";
import type { AccessCheck } from "../slots/enforcement/enforcement.ts";

/** The question whether a caller may do something with a pipeline, its versions or its triggers. */
export function onPipeline(action: string, name: PipelineName): AccessCheck {
  return { action, resourceType: "pipeline", resourceId: pipelineId(name) };
}

/** The question whether a caller may do something with a namespace or its files. */
export function onNamespace(action: string, namespace: string): AccessCheck {
  return { action, resourceType: "namespace", resourceId: namespace };
}
