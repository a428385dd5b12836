import { Type, type Static } from "typebox";
import type { FastifyRequest } from "fastify";
import {
  LAYERS,
  NAME_PATTERN,
  PIPELINE_KINDS,
  pipelineId,
  type PipelineName,
} from "../../pipelines/pipeline.ts";
import type { WantedPipeline } from "../../pipelines/pipeline-draft.ts";
import { onNewPipeline, onPipeline } from "../route-access.ts";
import { pageOf, pageQuery } from "../cursor.ts";
import type { App, HttpDeps } from "../deps.ts";
import { onlyKeysOf } from "../known-keys.ts";
import { pipelineBodies as bodies, pipelineParams } from "../pipeline-schemas.ts";
import { etagOf, ifMatch } from "../preconditions.ts";
import { problems, shape } from "../schemas.ts";
import { pipelineDetailView, pipelineView, planView } from "../views/pipeline-views.ts";

const params = pipelineParams.pipeline;
const filterQuery = {
  namespace: Type.Optional(Type.String({ pattern: NAME_PATTERN })),
  layer: Type.Optional(Type.Enum([...LAYERS])),
  kind: Type.Optional(Type.Enum([...PIPELINE_KINDS])),
  q: Type.Optional(
    Type.String({
      description: "A part of the name or the description.",
      maxLength: 200,
      pattern: "^[^\\u0000]*$",
    }),
  ),
};
const dryRun = Type.Object({
  dry_run: Type.Optional(Type.Enum(["true", "false"], { description: "Only say what would change." })),
});
const SORT_KEYS = [/^[a-z0-9_-]{1,63}$/, /^[a-z]{1,10}$/, /^[a-z0-9_-]{1,63}$/];

/** Pipelines: list, make, look at, change, remove. */
export function pipelineRoutes(app: App, { pipelines }: HttpDeps): void {
  const tags = ["pipelines"];
  const access = (action: string) => (request: FastifyRequest) =>
    onPipeline(action, request.params as Static<typeof params>);

  app.get(
    "/api/v1/pipelines",
    {
      config: { scope: "pipelines:read" },
      schema: {
        tags,
        summary: "List the pipelines that you may read",
        querystring: Type.Object({ ...filterQuery, ...pageQuery }),
        response: {
          200: Type.Object({
            pipelines: Type.Array(shape("Pipeline")),
            next_cursor: Type.Union([Type.String(), Type.Null()]),
          }),
          ...problems,
        },
      },
    },
    async (request) => {
      const { namespace, layer, kind, q } = request.query;
      const filter = { namespace, layer, kind, q };
      const page = pageOf(request.query, { filters: ["pipelines", filter], keys: SORT_KEYS });
      const { items, next } = await pipelines.list(filter, page, request.rat);
      return { pipelines: items.map(pipelineView), next_cursor: page.cursorAfter(next) };
    },
  );

  app.post(
    "/api/v1/pipelines",
    {
      config: {
        scope: "pipelines:write",
        access: ({ body }) => onNewPipeline(nameOf(body as Static<typeof bodies.pipeline>)),
      },
      preValidation: onlyKeysOf(bodies.pipeline),
      schema: {
        tags,
        summary: "Make a pipeline with its first version",
        body: bodies.pipeline,
        querystring: dryRun,
        response: { 200: shape("PipelinePlan"), 201: shape("PipelineDetail"), ...problems },
      },
    },
    async (request, reply) => {
      const { body, query, rat } = request;
      const wanted = wantedPipeline(nameOf(body), body);
      if (query.dry_run === "true") return planView(await pipelines.planCreate(wanted, rat));
      const made = await pipelines.create(wanted, rat);
      return reply
        .code(201)
        .headers({ location: `/api/v1/pipelines/${pipelineId(wanted.name)}`, etag: etagOf(1) })
        .send(pipelineDetailView(made));
    },
  );

  app.get(
    "/api/v1/pipelines/:namespace/:layer/:name",
    {
      config: { scope: "pipelines:read", access: access("read") },
      schema: {
        tags,
        summary: "Show a pipeline with its latest version",
        params,
        response: { 200: shape("PipelineDetail"), ...problems },
      },
    },
    async (request, reply) => {
      const state = await pipelines.get(request.params);
      reply.header("etag", etagOf(state.pipeline.latestVersion));
      return pipelineDetailView(state);
    },
  );

  app.put(
    "/api/v1/pipelines/:namespace/:layer/:name",
    {
      config: { scope: "pipelines:write", access: access("write") },
      preValidation: onlyKeysOf(bodies.pipelineChange),
      schema: {
        tags,
        summary: "Give a pipeline a new version, unless the latest says just this",
        params,
        body: bodies.pipelineChange,
        querystring: dryRun,
        response: { 200: Type.Union([shape("PipelineDetail"), shape("PipelinePlan")]), ...problems },
      },
      // One of two shapes: cheaper to write as it is than to find out which.
      serializerCompiler: () => (value) => JSON.stringify(value),
    },
    async (request, reply) => {
      const { params: name, body, query, rat } = request;
      const wanted = wantedPipeline(name, body);
      const precondition = ifMatch(request);
      if (query.dry_run === "true") return planView(await pipelines.planUpdate(wanted, precondition, rat));
      const changed = await pipelines.update(wanted, precondition, rat);
      reply.header("etag", etagOf(changed.pipeline.latestVersion));
      return pipelineDetailView(changed);
    },
  );

  app.delete(
    "/api/v1/pipelines/:namespace/:layer/:name",
    {
      config: { scope: "pipelines:write", access: access("delete") },
      schema: {
        tags,
        summary: "Remove a pipeline and its triggers; its runs stay",
        params,
        response: { 204: Type.Null({ description: "Removed" }), ...problems },
      },
    },
    async (request, reply) => {
      await pipelines.remove(request.params, ifMatch(request), request.rat);
      return reply.code(204).send(null);
    },
  );
}

function nameOf({ namespace = "default", layer, name }: Static<typeof bodies.pipeline>) {
  return { namespace, layer, name };
}

function wantedPipeline(name: PipelineName, body: Static<typeof bodies.pipelineChange>): WantedPipeline {
  return {
    name,
    kind: body.kind,
    spec: body.spec,
    isolation: body.isolation,
    timeoutSeconds: body.timeout_seconds,
    maxAttempts: body.max_attempts,
    retryOnFailure: body.retry_on_failure,
    priority: body.priority,
    message: body.message,
    description: body.description,
    maxRunning: body.max_running,
    publish: body.publish,
  };
}
