/** The medallion layers. */
export const LAYERS = ["bronze", "silver", "gold"] as const;
/** One of the medallion layers. */
export type Layer = (typeof LAYERS)[number];

/** What pipelines are made of: a query, or a program. */
export const PIPELINE_KINDS = ["sql", "command"] as const;
/** What a pipeline is made of. */
export type PipelineKind = (typeof PIPELINE_KINDS)[number];

/** What must lie between a run and its neighbours. */
export const ISOLATIONS = ["process", "container"] as const;

/** The form of the names of namespaces and pipelines. */
export const NAME_PATTERN = "^[a-z][a-z0-9_-]{0,62}$";

/** Where a pipeline is found. */
export interface PipelineName {
  readonly namespace: string;
  readonly layer: Layer;
  readonly name: string;
}

/** `namespace/layer/name`: the id of a pipeline towards people and the enforcement slot. */
export function pipelineId({ namespace, layer, name }: PipelineName): string {
  return `${namespace}/${layer}/${name}`;
}

/** Reads `namespace/layer/name`; undefined for anything else. */
export function parsePipelineId(id: string): PipelineName | undefined {
  const [namespace = "", layer = "", name = "", ...more] = id.split("/");
  const form = new RegExp(NAME_PATTERN);
  const known = LAYERS.find((one) => one === layer);
  if (known === undefined || more.length > 0 || !form.test(namespace) || !form.test(name)) return undefined;
  return { namespace, layer: known, name };
}

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
