import { Type, type Static } from "typebox";
import type { FastifyRequest } from "fastify";
import { RatError } from "../../errors.ts";
import { LAYERS, NAME_PATTERN, parsePipelineId } from "../../pipelines/pipeline.ts";
import type { TriggerFilter } from "../../triggers/trigger-store.ts";
import { TRIGGER_KINDS, type TriggerRecord } from "../../triggers/trigger.ts";
import { onPipeline, onTrigger } from "../route-access.ts";
import type { ReadablePage } from "../../access/readable.ts";
import { triggersOf } from "../../triggers/triggers.ts";
import type { RouteAccess } from "../layers/authorize.ts";
import { pageOf, pageQuery, type PageRequest } from "../cursor.ts";
import type { App, HttpDeps } from "../deps.ts";
import { onlyKeysOf } from "../known-keys.ts";
import { pipelineBodies as bodies, pipelineParams } from "../pipeline-schemas.ts";
import { problems, shape, type Shape } from "../schemas.ts";
import { madeTriggerView, triggerView } from "../views/trigger-views.ts";

const params = pipelineParams.trigger;
const listQuery = Type.Object({
  namespace: Type.Optional(Type.String({ pattern: NAME_PATTERN })),
  layer: Type.Optional(Type.Enum([...LAYERS])),
  pipeline: Type.Optional(Type.String({ description: "Its name.", pattern: NAME_PATTERN })),
  kind: Type.Optional(Type.Enum([...TRIGGER_KINDS])),
  paused: Type.Optional(Type.Enum(["true", "false"])),
  ...pageQuery,
});
const list = {
  200: Type.Object({
    triggers: Type.Array(shape("Trigger")),
    next_cursor: Type.Union([Type.String(), Type.Null()]),
  }),
  ...problems,
};
/** An Idempotency-Key. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** Triggers: what starts runs of pipelines without a person. */
export function triggerRoutes(app: App, { triggers }: HttpDeps): void {
  const tags = ["triggers"];
  const ofPipeline = (action: string) => (request: FastifyRequest) =>
    onPipeline(action, request.params as Static<typeof pipelineParams.pipeline>);
  const access = (action: string) => async (request: FastifyRequest) => {
    const { id, pipeline } = await triggers.get((request.params as Static<typeof params>).id);
    return onTrigger(action, id, pipeline);
  };

  const shown = (
    { items, next }: ReadablePage<TriggerRecord>,
    page: PageRequest,
  ): { triggers: Shape<"Trigger">[]; next_cursor: string | null } => ({
    triggers: items.map(triggerView),
    next_cursor: page.cursorAfter(next),
  });
  const pageOfTriggers = (query: Parameters<typeof pageOf>[0], filter: TriggerFilter) =>
    pageOf(query, { filters: ["triggers", filter], keys: [/^trg_[0-9a-f]{24}$/] });

  app.get(
    "/api/v1/triggers",
    {
      config: { scope: "pipelines:read" },
      schema: {
        tags,
        summary: "List the triggers of pipelines that you may read",
        querystring: listQuery,
        response: list,
      },
    },
    async ({ query, rat }) => {
      const { namespace, layer, pipeline: name, kind } = query;
      const paused = query.paused === undefined ? undefined : query.paused === "true";
      const filter = { namespace, layer, name, kind, paused };
      const page = pageOfTriggers(query, filter);
      return shown(await triggers.list(filter, page, rat), page);
    },
  );

  app.get(
    "/api/v1/pipelines/:namespace/:layer/:name/triggers",
    {
      config: { scope: "pipelines:read", access: ofPipeline("read") },
      schema: {
        tags,
        summary: "List the triggers of a pipeline",
        params: pipelineParams.pipeline,
        querystring: Type.Object(pageQuery),
        response: list,
      },
    },
    async ({ params: pipeline, query, rat }) => {
      const page = pageOfTriggers(query, triggersOf(pipeline));
      return shown(await triggers.listOf(pipeline, page, rat), page);
    },
  );

  app.post(
    "/api/v1/pipelines/:namespace/:layer/:name/triggers",
    {
      config: {
        scope: "pipelines:write",
        access: (request) => [ofPipeline("write")(request), ...onUpstream(request)],
      },
      preValidation: onlyKeysOf(bodies.trigger),
      schema: {
        tags,
        summary: "Give a pipeline a trigger; the secrets of a webhook are shown this once",
        params: pipelineParams.pipeline,
        body: bodies.trigger,
        response: { 201: shape("TriggerSecrets"), ...problems },
      },
    },
    async (request, reply) => {
      const { kind, config = {}, paused } = request.body;
      const made = await triggers.create(request.params, kind, { config, paused }, request.rat.principal);
      return reply
        .code(201)
        .headers({ location: `/api/v1/triggers/${made.trigger.id}`, "cache-control": "no-store" })
        .send(madeTriggerView(made));
    },
  );

  app.get(
    "/api/v1/triggers/:id",
    {
      config: { scope: "pipelines:read", access: access("read") },
      schema: { tags, summary: "Show a trigger", params, response: { 200: shape("Trigger"), ...problems } },
    },
    async (request) => triggerView(await triggers.get(request.params.id)),
  );

  app.patch(
    "/api/v1/triggers/:id",
    {
      config: {
        scope: "pipelines:write",
        access: async (request) => [await access("write")(request), ...onUpstream(request)],
      },
      preValidation: onlyKeysOf(bodies.triggerChange),
      schema: {
        tags,
        summary: "Change a trigger; its runs are in your name from then on",
        params,
        body: bodies.triggerChange,
        response: { 200: shape("Trigger"), ...problems },
      },
    },
    async (request) => {
      const { config = {}, paused } = request.body;
      return triggerView(await triggers.update(request.params.id, { config, paused }, request.rat.principal));
    },
  );

  app.delete(
    "/api/v1/triggers/:id",
    {
      config: { scope: "pipelines:write", access: access("write") },
      schema: {
        tags,
        summary: "Remove a trigger",
        params,
        response: { 204: Type.Null({ description: "Removed" }), ...problems },
      },
    },
    async (request, reply) => {
      await triggers.remove(request.params.id);
      return reply.code(204).send(null);
    },
  );

  for (const action of ["pause", "resume"] as const) {
    app.post(
      `/api/v1/triggers/:id/${action}`,
      {
        config: { scope: "pipelines:write", access: access("write") },
        schema: {
          tags,
          summary:
            action === "pause" ? "Let a trigger fire no more" : "Let a trigger fire again, from now on",
          params,
          response: { 200: shape("Trigger"), ...problems },
        },
      },
      async (request) => triggerView(await triggers.pause(request.params.id, action === "pause")),
    );
  }

  app.post(
    "/api/v1/triggers/:id/fire",
    {
      config: { scope: "runs:execute", access: access("execute") },
      schema: {
        tags,
        summary: "Start a run now; with an Idempotency-Key, a repeated request answers the same run",
        params,
        response: { 200: shape("Fired"), 202: shape("Fired"), ...problems },
      },
    },
    async (request, reply) => {
      const fire = await triggers.fire(request.params.id, keyOf(request), request.rat.principal);
      if (fire.result === "started") return reply.code(202).send({ run_id: fire.run });
      return reply.code(200).header("idempotent-replay", "true").send({ run_id: fire.run });
    },
  );

  app.post(
    "/api/v1/triggers/:id/rotate",
    {
      config: { scope: "pipelines:write", access: access("write") },
      schema: {
        tags,
        summary: "Give a webhook a new token and a new secret; the old ones end at once",
        params,
        response: { 200: shape("TriggerSecrets"), ...problems },
      },
    },
    async (request, reply) => {
      const made = await triggers.rotate(request.params.id);
      reply.header("cache-control", "no-store");
      return madeTriggerView(made);
    },
  );
}

/** Whoever hears of a pipeline's success must be allowed to read it. */
function onUpstream({ body }: FastifyRequest): readonly RouteAccess[] {
  const { config } = body as Static<typeof bodies.triggerChange>;
  const upstream = config?.["pipeline"];
  const name = typeof upstream === "string" ? parsePipelineId(upstream) : undefined;
  return name === undefined ? [] : [onPipeline("read", name)];
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers["idempotency-key"];
  if (key === undefined || (typeof key === "string" && KEY.test(key))) return key;
  throw new RatError("bad_request", "Idempotency-Key must be 1 to 255 printable characters without spaces.");
}
