/** The medallion layers. */
export const LAYERS = ["bronze", "silver", "gold"] as const;
/** One of the medallion layers. */
export type Layer = (typeof LAYERS)[number];

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
