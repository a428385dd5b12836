import type { VersionContent } from "./pipeline.ts";
import type { PipelineDraft, PipelineState } from "./pipeline-store.ts";
import { diffJson, type Change } from "./spec-diff.ts";

/** What a change would do. */
export interface PipelinePlan {
  readonly newVersion: boolean;
  readonly version: number;
  readonly publishedVersion: number | null;
  readonly changes: readonly Change[];
}

/** Works out what storing a draft would do; `before` is the pipeline as it is, undefined when there is none. */
export function planChange(before: PipelineState | undefined, draft: PipelineDraft): PipelinePlan {
  const content = diffContent(before?.latest, draft.content);
  const newVersion = content.length > 0;
  const latest = before?.pipeline.latestVersion ?? 0;
  const version = newVersion ? latest + 1 : latest;
  const { description = before?.pipeline.description ?? "" } = draft.settings;
  const { maxRunning = before?.pipeline.maxRunning ?? null } = draft.settings;
  const settings = diffJson(
    { description: before?.pipeline.description ?? "", max_running: before?.pipeline.maxRunning ?? null },
    { description, max_running: maxRunning },
  );
  return {
    newVersion,
    version,
    publishedVersion: draft.publish ? version : (before?.pipeline.publishedVersion ?? null),
    changes: [...content, ...settings],
  };
}

/** The differences between two versions, in the words of the API. */
export function diffContent(from: VersionContent | undefined, to: VersionContent): readonly Change[] {
  return diffJson(from === undefined ? {} : contentDocument(from), contentDocument(to));
}

function contentDocument(content: VersionContent): Readonly<Record<string, unknown>> {
  return {
    kind: content.kind,
    spec: content.spec,
    isolation: content.isolation,
    timeout_seconds: content.timeoutSeconds,
    max_attempts: content.maxAttempts,
    retry_on_failure: content.retryOnFailure,
    priority: content.priority,
  };
}
