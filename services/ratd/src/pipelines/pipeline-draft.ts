import type { PipelineName } from "../pipeline-id.ts";
import type { PipelineSettings, VersionContent } from "./pipeline.ts";
import { checkSpec } from "./pipeline-spec.ts";
import type { PipelineDraft } from "./pipeline-store.ts";

/** What a version is where a caller does not say. */
const DEFAULTS: Omit<VersionContent, "kind" | "spec"> = {
  isolation: "process",
  timeoutSeconds: 3600,
  maxAttempts: 3,
  retryOnFailure: false,
  priority: 0,
};

/** What a caller says that a pipeline is to be; undefined is what the caller leaves open. */
export type WantedPipeline = Pick<VersionContent, "kind" | "spec"> & {
  readonly [Key in keyof typeof DEFAULTS]: VersionContent[Key] | undefined;
} & { readonly [Key in keyof PipelineSettings]: PipelineSettings[Key] | undefined } & {
  readonly name: PipelineName;
  readonly message: string | undefined;
  /** Whether the version is put in force at once. */
  readonly publish: boolean | undefined;
};

/**
 * Works out the whole of what a caller wants.
 *
 * @param publish whether the version is put in force where the caller does not say
 * @throws RatError validation_failed about the spec
 */
export function draftOf(wanted: WantedPipeline, publish: boolean, by: string): PipelineDraft {
  const content: VersionContent = {
    kind: wanted.kind,
    spec: wanted.spec,
    isolation: wanted.isolation ?? DEFAULTS.isolation,
    timeoutSeconds: wanted.timeoutSeconds ?? DEFAULTS.timeoutSeconds,
    maxAttempts: wanted.maxAttempts ?? DEFAULTS.maxAttempts,
    retryOnFailure: wanted.retryOnFailure ?? DEFAULTS.retryOnFailure,
    priority: wanted.priority ?? DEFAULTS.priority,
  };
  checkSpec(content);
  return {
    name: wanted.name,
    content,
    settings: { description: wanted.description, maxRunning: wanted.maxRunning },
    publish: wanted.publish ?? publish,
    by,
    message: wanted.message ?? "",
  };
}
