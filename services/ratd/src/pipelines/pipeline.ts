import type { PipelineName } from "../pipeline-id.ts";

/** What pipelines are made of: a query, or a program. */
export const PIPELINE_KINDS = ["sql", "command"] as const;
/** What a pipeline is made of. */
export type PipelineKind = (typeof PIPELINE_KINDS)[number];

/** What must lie between a run and its neighbours. */
export const ISOLATIONS = ["process", "container"] as const;

/** What a version says: never changes once it is stored. */
export interface VersionContent {
  readonly kind: PipelineKind;
  /** Its shape belongs to the kind. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly isolation: (typeof ISOLATIONS)[number];
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
  /** Whether an attempt that failed, not just one that was lost, is followed by another. */
  readonly retryOnFailure: boolean;
  readonly priority: number;
}

/** A stored version. */
export interface PipelineVersion extends VersionContent {
  readonly version: number;
  readonly message: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** What a pipeline is besides its versions. */
export interface PipelineSettings {
  readonly description: string;
  /** Runs at a time; null is no limit of its own. */
  readonly maxRunning: number | null;
}

/** A pipeline, without its versions. */
export interface Pipeline extends PipelineName, PipelineSettings {
  readonly owner: string;
  /** Kind of the latest version. */
  readonly kind: PipelineKind;
  readonly latestVersion: number;
  /** What runs use; null until a version is published. */
  readonly publishedVersion: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One decision about which version is in force. */
export interface Publication {
  readonly id: string;
  readonly version: number;
  readonly action: "publish" | "rollback";
  readonly byUser: string;
  readonly at: Date;
}

/** A namespace. */
export interface Namespace {
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  /** Runs at a time; null is the default of rat.yaml. */
  readonly maxRunning: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
