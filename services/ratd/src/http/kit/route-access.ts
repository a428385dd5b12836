import { aboutNamespace, aboutPipeline, aboutRun, type Question } from "../../access/question.ts";
import { pipelineId, type PipelineName } from "../../pipeline-id.ts";

/** The operation that a route is about to carry out. */
export interface RouteAccess extends Question {
  /** The detail of the 404 for callers who must not learn of the thing: that of a thing that does not exist. */
  readonly missing: string;
  /** What a caller must be allowed to read to be told 403; default: the thing itself. */
  readonly visibleBy?: Question;
  /** False tells everybody 403. */
  readonly hides?: boolean;
}

/** What must be allowed before a handler runs: of several, the first is what the request is about. */
export type DemandedAccess = RouteAccess | readonly RouteAccess[];

/** What a route does with a pipeline, or with its versions. */
export function onPipeline(action: string, name: PipelineName): RouteAccess {
  return { ...aboutPipeline(action, name), missing: `There is no pipeline ${pipelineId(name)}.` };
}

/** Makes a pipeline: whoever may read its namespace is told why not. */
export function onNewPipeline(name: PipelineName): RouteAccess {
  return {
    ...aboutPipeline("create", name),
    missing: `There is no namespace "${name.namespace}"; make it first.`,
    visibleBy: aboutNamespace("read", name.namespace),
  };
}

/** What a route does with a namespace or its files. */
export function onNamespace(action: string, namespace: string): RouteAccess {
  return { ...aboutNamespace(action, namespace), missing: `There is no namespace "${namespace}".` };
}

/** Makes a namespace. That one of the name is there already is told anyway, so nothing is hidden. */
export function onNewNamespace(namespace: string): RouteAccess {
  return { ...onNamespace("create", namespace), hides: false };
}

/** What a route does with a run. */
export function onRun(action: string, id: string, within: PipelineName): RouteAccess {
  return { ...aboutRun(action, id, within), missing: `There is no run ${id}.` };
}

/** What a route does with a trigger, which is a part of its pipeline. */
export function onTrigger(action: string, id: string, pipeline: PipelineName): RouteAccess {
  return { ...aboutPipeline(action, pipeline), missing: `There is no trigger "${id}".` };
}

/** What a route does with a thing that a caller names by kind and id. */
export function onResource(action: string, resourceType: string, resourceId: string): RouteAccess {
  return { action, resourceType, resourceId, missing: `There is no ${resourceType} "${resourceId}".` };
}
