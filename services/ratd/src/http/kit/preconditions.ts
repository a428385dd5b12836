import type { FastifyRequest } from "fastify";
import { RatError } from "../../errors.ts";
import type { Precondition } from "../../pipelines/pipeline-store.ts";

/** The ETag of a pipeline: its latest version. */
export function etagOf(latestVersion: number): string {
  return `"v${latestVersion}"`;
}

/** What If-Match demands of the pipeline that is about to change; nothing without it. */
export function ifMatch(request: FastifyRequest): Precondition {
  const wanted = request.headers["if-match"];
  return (latestVersion) => {
    const etag = etagOf(latestVersion);
    if (wanted === undefined || wanted.trim() === "*") return;
    if (wanted.split(",").some((one) => one.trim() === etag)) return;
    const detail = `The pipeline is at ${etag} now, not at ${wanted.slice(0, 100)}.`;
    throw new RatError("precondition_failed", detail);
  };
}
