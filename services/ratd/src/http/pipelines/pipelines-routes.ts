import { Type, type Static } from "typebox";
import type { WantedPipeline } from "../../pipelines/pipeline-draft.ts";
import { pipelineId, type PipelineName } from "../../pipeline-id.ts";
import { nextCursor } from "../kit/cursor.ts";
import { nothing } from "../kit/fields.ts";
import { etagOf, ifMatch } from "../kit/preconditions.ts";
import { onNewPipeline, onPipeline } from "../kit/route-access.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import {
  dryRunQuery,
  pipelineParams,
  pipelinesBodies as bodies,
  pipelinesQuery,
} from "./pipelines-shapes.ts";
import { pipelineDetailView, pipelineView, planView } from "./pipelines-views.ts";

const tags = ["pipelines"];
const url = "/api/v1/pipelines/:namespace/:layer/:name";
/** The sort keys of a cursor: namespace, layer, name. */
const KEYS = [/^[a-z0-9_-]{1,63}$/, /^[a-z]{1,10}$/, /^[a-z0-9_-]{1,63}$/];

/** Pipelines: list, make, look at, change, remove. */
export const pipelinesRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/pipelines",
    config: { scope: "pipelines:read" },
    schema: {
      tags,
      summary: "List the pipelines that you may read",
      querystring: pipelinesQuery,
      response: {
        200: Type.Object({ pipelines: Type.Array(shape("Pipeline")), next_cursor: nextCursor }),
        ...problems,
      },
    },
    async handle({ pages, pipelines }, { query, rat }) {
      const { namespace, layer, kind, q } = query;
      const filter = { namespace, layer, kind, q };
      const page = await pages.of(query, { filters: ["pipelines", filter], keys: KEYS });
      const { items, next } = await pipelines.list(filter, page, rat);
      return { pipelines: items.map(pipelineView), next_cursor: page.cursorAfter(next) };
    },
  }),
  route({
    method: "POST",
    url: "/api/v1/pipelines",
    config: { scope: "pipelines:write", access: ({ body }) => onNewPipeline(nameOf(body)) },
    schema: {
      tags,
      summary: "Make a pipeline with its first version",
      body: bodies.pipeline,
      querystring: dryRunQuery,
      response: { 200: shape("PipelinePlan"), 201: shape("PipelineDetail"), ...problems },
    },
    refusesUnknownKeys: true,
    async handle({ pipelines }, { body, query, rat }, reply) {
      const wanted = wantedPipeline(nameOf(body), body);
      if (query.dry_run === "true") return planView(await pipelines.planCreate(wanted, rat));
      const made = await pipelines.create(wanted, rat);
      return reply
        .code(201)
        .headers({ location: `/api/v1/pipelines/${pipelineId(wanted.name)}`, etag: etagOf(1) })
        .send(pipelineDetailView(made));
    },
  }),
  route({
    method: "GET",
    url,
    config: { scope: "pipelines:read", access: ({ params }) => onPipeline("read", params) },
    schema: {
      tags,
      summary: "Show a pipeline with its latest version",
      params: pipelineParams,
      response: { 200: shape("PipelineDetail"), ...problems },
    },
    async handle({ pipelines }, { params }, reply) {
      const state = await pipelines.get(params);
      reply.header("etag", etagOf(state.pipeline.latestVersion));
      return pipelineDetailView(state);
    },
  }),
  route({
    method: "PUT",
    url,
    config: { scope: "pipelines:write", access: ({ params }) => onPipeline("write", params) },
    schema: {
      tags,
      summary: "Give a pipeline a new version, unless the latest says just this",
      params: pipelineParams,
      body: bodies.pipelineChange,
      querystring: dryRunQuery,
      response: { 200: Type.Union([shape("PipelineDetail"), shape("PipelinePlan")]), ...problems },
    },
    refusesUnknownKeys: true,
    writesPlainly: true,
    async handle({ pipelines }, request, reply) {
      const { params, body, query, rat } = request;
      const wanted = wantedPipeline(params, body);
      const precondition = ifMatch(request);
      if (query.dry_run === "true") return planView(await pipelines.planUpdate(wanted, precondition, rat));
      const changed = await pipelines.update(wanted, precondition, rat);
      reply.header("etag", etagOf(changed.pipeline.latestVersion));
      return pipelineDetailView(changed);
    },
  }),
  route({
    method: "DELETE",
    url,
    config: { scope: "pipelines:write", access: ({ params }) => onPipeline("delete", params) },
    schema: {
      tags,
      summary: "Remove a pipeline and its triggers; its runs stay",
      params: pipelineParams,
      response: { 204: nothing("Removed"), ...problems },
    },
    async handle({ pipelines }, request, reply) {
      await pipelines.remove(request.params, ifMatch(request), request.rat);
      return reply.code(204).send(null);
    },
  }),
];

function nameOf({ namespace = "default", layer, name }: Static<typeof bodies.pipeline>): PipelineName {
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
