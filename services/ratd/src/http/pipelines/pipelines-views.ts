import { pipelineId } from "../../pipeline-id.ts";
import type { Pipeline, PipelineVersion, Publication } from "../../pipelines/pipeline.ts";
import type { PipelineState } from "../../pipelines/pipeline-store.ts";
import type { PipelinePlan } from "../../pipelines/plan.ts";
import type { Shape } from "../schemas.ts";

/** A pipeline without its versions. */
export function pipelineView(pipeline: Pipeline): Shape<"Pipeline"> {
  return {
    id: pipelineId(pipeline),
    namespace: pipeline.namespace,
    layer: pipeline.layer,
    name: pipeline.name,
    description: pipeline.description,
    owner: pipeline.owner,
    max_running: pipeline.maxRunning,
    kind: pipeline.kind,
    latest_version: pipeline.latestVersion,
    published_version: pipeline.publishedVersion,
    created_at: pipeline.createdAt.toISOString(),
    updated_at: pipeline.updatedAt.toISOString(),
  };
}

/** A pipeline with its latest version. */
export function pipelineDetailView({ pipeline, latest }: PipelineState): Shape<"PipelineDetail"> {
  return { ...pipelineView(pipeline), latest: versionView(latest) };
}

/** A version. */
export function versionView(version: PipelineVersion): Shape<"PipelineVersion"> {
  return {
    version: version.version,
    kind: version.kind,
    spec: { ...version.spec },
    isolation: version.isolation,
    timeout_seconds: version.timeoutSeconds,
    max_attempts: version.maxAttempts,
    retry_on_failure: version.retryOnFailure,
    priority: version.priority,
    message: version.message,
    created_by: version.createdBy,
    created_at: version.createdAt.toISOString(),
  };
}

/** What a change would do. */
export function planView({
  newVersion,
  version,
  publishedVersion,
  changes,
}: PipelinePlan): Shape<"PipelinePlan"> {
  return {
    dry_run: true,
    new_version: newVersion,
    version,
    published_version: publishedVersion,
    changes: [...changes],
  };
}

/** A decision about the version in force. */
export function publicationView({ version, action, byUser, at }: Publication): Shape<"Publication"> {
  return { version, action, by: byUser, at: at.toISOString() };
}
