import type * as api from "./api-types.ts";
import { collect, part, query, type Call } from "./calls.ts";

/** Which pipeline. */
export interface PipelineRef {
  readonly namespace: string;
  readonly layer: string;
  readonly name: string;
}

/** Pipelines, their versions, and which of them is in force. */
export interface PipelineCalls {
  list(filter?: api.PipelineFilter, options?: api.ListOptions): Promise<readonly api.Pipeline[]>;
  get(ref: PipelineRef): Promise<api.PipelineDetail>;
  create(pipeline: api.NewPipeline): Promise<api.PipelineDetail>;
  /** Makes a new version, unless the latest says just this. */
  put(ref: PipelineRef, change: api.PipelineChange): Promise<api.PipelineDetail>;
  /** What `create` would do; throws what it would throw. */
  planCreate(pipeline: api.NewPipeline): Promise<api.PipelinePlan>;
  /** What `put` would do; throws what it would throw. */
  planPut(ref: PipelineRef, change: api.PipelineChange): Promise<api.PipelinePlan>;
  delete(ref: PipelineRef): Promise<void>;
  versions(ref: PipelineRef, options?: api.ListOptions): Promise<readonly api.PipelineVersion[]>;
  version(ref: PipelineRef, version: number): Promise<api.PipelineVersion>;
  /** By default from the version in force to the latest. */
  diff(
    ref: PipelineRef,
    versions?: { readonly from?: number | undefined; readonly to?: number | undefined },
  ): Promise<api.PipelineDiff>;
  /** Puts a version in force; by default the latest. */
  publish(ref: PipelineRef, version?: number): Promise<api.PipelineDetail>;
  /** Puts a version back in force; by default the one before. */
  rollback(ref: PipelineRef, version?: number): Promise<api.PipelineDetail>;
}

const ONE = "/api/v1/pipelines/{namespace}/{layer}/{name}" as const;

/** The calls about pipelines. */
export function pipelineCalls(call: Call): PipelineCalls {
  const base = "/api/v1/pipelines";
  const pathOf = ({ namespace, layer, name }: PipelineRef) =>
    `${base}/${part(namespace)}/${part(layer)}/${part(name)}`;
  return {
    list: (filter = {}, { limit = Infinity } = {}) =>
      collect(limit, async (page) => {
        const answer = await call("GET /api/v1/pipelines", `${base}${query({ ...filter, ...page })}`);
        return { items: answer.pipelines, next_cursor: answer.next_cursor };
      }),
    get: (ref) => call(`GET ${ONE}`, pathOf(ref)),
    create: async (pipeline) => detail(await call("POST /api/v1/pipelines", base, pipeline)),
    put: async (ref, change) => detail(await call(`PUT ${ONE}`, pathOf(ref), change)),
    planCreate: async (pipeline) =>
      plan(await call("POST /api/v1/pipelines", `${base}?dry_run=true`, pipeline)),
    planPut: async (ref, change) => plan(await call(`PUT ${ONE}`, `${pathOf(ref)}?dry_run=true`, change)),
    async delete(ref) {
      await call(`DELETE ${ONE}`, pathOf(ref));
    },
    versions: (ref, { limit = Infinity } = {}) =>
      collect(limit, async (page) => {
        const answer = await call(`GET ${ONE}/versions`, `${pathOf(ref)}/versions${query(page)}`);
        return { items: answer.versions, next_cursor: answer.next_cursor };
      }),
    version: (ref, version) => call(`GET ${ONE}/versions/{version}`, `${pathOf(ref)}/versions/${version}`),
    diff: (ref, versions = {}) => call(`GET ${ONE}/diff`, `${pathOf(ref)}/diff${query(versions)}`),
    publish: (ref, version) => call(`POST ${ONE}/publish`, `${pathOf(ref)}/publish`, body(version)),
    rollback: (ref, version) => call(`POST ${ONE}/rollback`, `${pathOf(ref)}/rollback`, body(version)),
  };
}

function body(version: number | undefined): { readonly version?: number } {
  return version === undefined ? {} : { version };
}

function detail(answer: api.PipelineDetail | api.PipelinePlan): api.PipelineDetail {
  if ("id" in answer) return answer;
  throw new TypeError("ratd answered a plan to a change");
}

function plan(answer: api.PipelineDetail | api.PipelinePlan): api.PipelinePlan {
  if ("dry_run" in answer) return answer;
  throw new TypeError("ratd answered a pipeline to a dry run");
}
