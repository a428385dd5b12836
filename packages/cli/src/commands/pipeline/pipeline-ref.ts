import type { PipelineRef } from "@rat/client";
import { CliError } from "../../output/cli-error.ts";

/** The layers, in the order in which data goes through them. */
export const LAYERS = ["bronze", "silver", "gold"] as const;

/** A layer of pipelines. */
export type Layer = (typeof LAYERS)[number];

const NAME = /^[a-z][a-z0-9_-]{0,62}$/u;

/** A pipeline as `[namespace/]layer/name` names it. */
export interface NamedPipeline extends PipelineRef {
  readonly layer: Layer;
}

/** Reads `[namespace/]layer/name`; throws `bad_usage` when it is none. */
export function parsePipelineRef(text: string): NamedPipeline {
  const parts = text.split("/");
  const [namespace = "", layerName = "", name = ""] = parts.length === 2 ? ["default", ...parts] : parts;
  const layer = LAYERS.find((known) => known === layerName);
  if (parts.length > 3 || layer === undefined || !NAME.test(namespace) || !NAME.test(name)) {
    const detail = `"${text}" names no pipeline; write [namespace/]layer/name with the layer bronze, silver or gold`;
    throw new CliError("bad_usage", detail, { steps: ["rat pipeline list"] });
  }
  return { namespace, layer, name };
}

/** `namespace/layer/name`. */
export function pipelineText({ namespace, layer, name }: PipelineRef): string {
  return `${namespace}/${layer}/${name}`;
}

/** As short as it may be written: without the namespace when that is `default`. */
export function shortPipelineText(ref: PipelineRef): string {
  return ref.namespace === "default" ? `${ref.layer}/${ref.name}` : pipelineText(ref);
}
