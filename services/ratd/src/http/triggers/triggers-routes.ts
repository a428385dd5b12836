import { Type } from "typebox";
import type { ReadablePage } from "../../access/readable.ts";
import { parsePipelineId } from "../../pipeline-id.ts";
import type { TriggerFilter } from "../../triggers/trigger-store.ts";
import type { TriggerRecord } from "../../triggers/trigger.ts";
import { triggersOf } from "../../triggers/triggers.ts";
import type { HttpServices } from "../deps.ts";
import { nextCursor, pageQuery, type PageQuery, type PageRequest, type Pages } from "../kit/cursor.ts";
import { nothing } from "../kit/fields.ts";
import { idempotencyKeyOf } from "../kit/idempotency-key.ts";
import { onPipeline, onTrigger, type RouteAccess } from "../kit/route-access.ts";
import { route, type Route } from "../kit/route.ts";
import { pipelineParams } from "../pipelines/pipelines-shapes.ts";
import { problems, shape, type Shape } from "../schemas.ts";
import { triggerParams, triggersBodies as bodies, triggersQuery } from "./triggers-shapes.ts";
import { firedView, madeTriggerView, triggerView } from "./triggers-views.ts";

const tags = ["triggers"];
const ofPipeline = "/api/v1/pipelines/:namespace/:layer/:name/triggers";
const one = "/api/v1/triggers/:id";
/** The sort key of a cursor: the id. */
const KEYS = [/^trg_[0-9a-f]{24}$/];
const list = {
  200: Type.Object({ triggers: Type.Array(shape("Trigger")), next_cursor: nextCursor }),
  ...problems,
};

/** Triggers: what starts runs of pipelines without a person. */
export const triggersRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/triggers",
    config: { scope: "pipelines:read" },
    schema: {
      tags,
      summary: "List the triggers of pipelines that you may read",
      querystring: triggersQuery,
      response: list,
    },
    async handle({ pages, triggers }, { query, rat }) {
      const { namespace, layer, pipeline: name, kind } = query;
      const paused = query.paused === undefined ? undefined : query.paused === "true";
      const filter = { namespace, layer, name, kind, paused };
      const page = await pageOfTriggers(pages, query, filter);
      return listView(await triggers.list(filter, page, rat), page);
    },
  }),
  route({
    method: "GET",
    url: ofPipeline,
    config: { scope: "pipelines:read", access: ({ params }) => onPipeline("read", params) },
    schema: {
      tags,
      summary: "List the triggers of a pipeline",
      params: pipelineParams,
      querystring: Type.Object(pageQuery),
      response: list,
    },
    async handle({ pages, triggers }, { params: pipeline, query, rat }) {
      const page = await pageOfTriggers(pages, query, triggersOf(pipeline));
      return listView(await triggers.listOf(pipeline, page, rat), page);
    },
  }),
  route({
    method: "POST",
    url: ofPipeline,
    config: {
      scope: "pipelines:write",
      access: ({ params, body }) => [onPipeline("write", params), ...onUpstream(body)],
    },
    schema: {
      tags,
      summary: "Give a pipeline a trigger; the secrets of a webhook are shown this once",
      params: pipelineParams,
      body: bodies.trigger,
      response: { 201: shape("TriggerSecrets"), ...problems },
    },
    refusesUnknownKeys: true,
    async handle({ triggers }, { params, body: { kind, config = {}, paused }, rat }, reply) {
      const made = await triggers.create(params, kind, { config, paused }, rat.principal);
      return reply
        .code(201)
        .headers({ location: `/api/v1/triggers/${made.trigger.id}`, "cache-control": "no-store" })
        .send(madeTriggerView(made));
    },
  }),
  route({
    method: "GET",
    url: one,
    config: { scope: "pipelines:read", access: on("read") },
    schema: {
      tags,
      summary: "Show a trigger",
      params: triggerParams,
      response: { 200: shape("Trigger"), ...problems },
    },
    handle: async ({ triggers }, { params }) => triggerView(await triggers.get(params.id)),
  }),
  route({
    method: "PATCH",
    url: one,
    config: {
      scope: "pipelines:write",
      access: async (request, services) => [
        await on("write")(request, services),
        ...onUpstream(request.body),
      ],
    },
    schema: {
      tags,
      summary: "Change a trigger; its runs are in your name from then on",
      params: triggerParams,
      body: bodies.triggerChange,
      response: { 200: shape("Trigger"), ...problems },
    },
    refusesUnknownKeys: true,
    async handle({ triggers }, { params, body: { config = {}, paused }, rat }) {
      return triggerView(await triggers.update(params.id, { config, paused }, rat.principal));
    },
  }),
  route({
    method: "DELETE",
    url: one,
    config: { scope: "pipelines:write", access: on("write") },
    schema: {
      tags,
      summary: "Remove a trigger",
      params: triggerParams,
      response: { 204: nothing("Removed"), ...problems },
    },
    async handle({ triggers }, { params }, reply) {
      await triggers.remove(params.id);
      return reply.code(204).send(null);
    },
  }),
  ...(["pause", "resume"] as const).map((action) =>
    route({
      method: "POST",
      url: `${one}/${action}`,
      config: { scope: "pipelines:write", access: on("write") },
      schema: {
        tags,
        summary: action === "pause" ? "Let a trigger fire no more" : "Let a trigger fire again, from now on",
        params: triggerParams,
        response: { 200: shape("Trigger"), ...problems },
      },
      async handle({ triggers }, { params }) {
        return triggerView(await triggers.pause(params.id, action === "pause"));
      },
    }),
  ),
  route({
    method: "POST",
    url: `${one}/fire`,
    config: { scope: "runs:execute", access: on("execute") },
    schema: {
      tags,
      summary: "Start a run now; with an Idempotency-Key, a repeated request answers the same run",
      params: triggerParams,
      response: { 200: shape("Fired"), 202: shape("Fired"), ...problems },
    },
    async handle({ triggers }, request, reply) {
      const { params, rat } = request;
      const fire = await triggers.fire(params.id, idempotencyKeyOf(request), rat.principal);
      if (fire.result === "started") return reply.code(202).send(firedView(fire));
      return reply.code(200).header("idempotent-replay", "true").send(firedView(fire));
    },
  }),
  route({
    method: "POST",
    url: `${one}/rotate`,
    config: { scope: "pipelines:write", access: on("write") },
    schema: {
      tags,
      summary: "Give a webhook a new token and a new secret; the old ones end at once",
      params: triggerParams,
      response: { 200: shape("TriggerSecrets"), ...problems },
    },
    async handle({ triggers }, { params }, reply) {
      const made = await triggers.rotate(params.id);
      reply.header("cache-control", "no-store");
      return madeTriggerView(made);
    },
  }),
];

/** What a route does with the trigger that its path names. */
function on(action: string) {
  return async (
    { params }: { readonly params: { readonly id: string } },
    { triggers }: HttpServices,
  ): Promise<RouteAccess> => {
    const { id, pipeline } = await triggers.get(params.id);
    return onTrigger(action, id, pipeline);
  };
}

/** Whoever hears of a pipeline's success must be allowed to read it. */
function onUpstream({ config }: { readonly config?: Record<string, unknown> }): readonly RouteAccess[] {
  const upstream = config?.["pipeline"];
  const name = typeof upstream === "string" ? parsePipelineId(upstream) : undefined;
  return name === undefined ? [] : [onPipeline("read", name)];
}

function pageOfTriggers(pages: Pages, query: PageQuery, filter: TriggerFilter): Promise<PageRequest> {
  return pages.of(query, { filters: ["triggers", filter], keys: KEYS });
}

function listView({ items, next }: ReadablePage<TriggerRecord>, page: PageRequest) {
  const triggers: Shape<"Trigger">[] = items.map(triggerView);
  return { triggers, next_cursor: page.cursorAfter(next) };
}
