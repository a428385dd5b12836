import type { FastifyRequest } from "fastify";
import type { Static } from "typebox";
import type { PipelineName, VersionContent } from "../pipelines/pipeline.ts";
import { checkSpec } from "../pipelines/pipeline-spec.ts";
import type { PipelineDraft } from "../pipelines/pipeline-store.ts";
import type { pipelineBodies } from "./pipeline-schemas.ts";

type VersionBody = Static<typeof pipelineBodies.pipelineChange>;

/**
 * Reads what a caller wants a pipeline to be.
 *
 * @throws RatError validation_failed about the spec
 */
export function draftOf(
  name: PipelineName,
  body: VersionBody,
  publish: boolean,
  { rat }: FastifyRequest,
): PipelineDraft {
  const content: VersionContent = {
    kind: body.kind,
    spec: body.spec,
    isolation: body.isolation ?? "process",
    timeoutSeconds: body.timeout_seconds ?? 3600,
    maxAttempts: body.max_attempts ?? 3,
    retryOnFailure: body.retry_on_failure ?? false,
    priority: body.priority ?? 0,
  };
  checkSpec(content);
  return {
    name,
    content,
    settings: { description: body.description, maxRunning: body.max_running },
    publish,
    by: rat.principal.identity.userId,
    message: body.message ?? "",
  };
}
