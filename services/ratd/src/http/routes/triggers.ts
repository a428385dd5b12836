import { randomUUID } from "node:crypto";
import { Type, type Static } from "typebox";
import type { FastifyRequest } from "fastify";
import { RatError } from "../../errors.ts";
import { LAYERS, NAME_PATTERN, parsePipelineId } from "../../pipelines/pipeline.ts";
import type { TriggerFilter } from "../../triggers/trigger-store.ts";
import { TRIGGER_KINDS, type TriggerOwner } from "../../triggers/trigger.ts";
import { aboutPipeline } from "../../access/question.ts";
import { isIdentified } from "../../access/principal.ts";
import { onPipeline, onTrigger } from "../route-access.ts";
import { pageOf, pageQuery } from "../cursor.ts";
import type { App, HttpDeps } from "../deps.ts";
import { onlyKeysOf } from "../known-keys.ts";
import { demandAccess } from "../layers/authorize.ts";
import { pipelineBodies as bodies, pipelineParams } from "../pipeline-schemas.ts";
import { listReadable } from "../../access/readable.ts";
import { problems, shape } from "../schemas.ts";
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
export function triggerRoutes(app: App, deps: HttpDeps): void {
  const { pipelines, triggers } = deps.pipelines;
  const tags = ["triggers"];
  const ofPipeline = (action: string) => (request: FastifyRequest) =>
    onPipeline(action, request.params as Static<typeof pipelineParams.pipeline>);
  const access = (action: string) => async (request: FastifyRequest) => {
    const { id, pipeline } = await triggers.get((request.params as Static<typeof params>).id);
    return onTrigger(action, id, pipeline);
  };

  const listed = async (
    request: FastifyRequest,
    query: { readonly limit?: string; readonly cursor?: string },
    filter: TriggerFilter,
  ) => {
    const page = pageOf(query, { filters: ["triggers", filter], keys: [/^trg_[0-9a-f]{24}$/] });
    const { items, next } = await listReadable(deps.access.access, request.rat, page, {
      fetch: (wanted) => triggers.list(filter, wanted),
      about: ({ pipeline }) => aboutPipeline("read", pipeline),
      keysOf: ({ id }) => [id],
    });
    return { triggers: items.map(triggerView), next_cursor: page.cursorAfter(next) };
  };

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
    (request) => {
      const { namespace, layer, pipeline: name, kind } = request.query;
      const paused = request.query.paused === undefined ? undefined : request.query.paused === "true";
      return listed(request, request.query, { namespace, layer, name, kind, paused });
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
    async (request) => {
      await pipelines.get(request.params);
      return listed(request, request.query, { ...request.params, kind: undefined, paused: undefined });
    },
  );

  app.post(
    "/api/v1/pipelines/:namespace/:layer/:name/triggers",
    {
      config: { scope: "pipelines:write", access: ofPipeline("write") },
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
      await demandUpstream(deps, request, config);
      const made = await triggers.create(request.params, kind, { config, paused }, ownerOf(request));
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
      config: { scope: "pipelines:write", access: access("write") },
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
      await demandUpstream(deps, request, config);
      return triggerView(await triggers.update(request.params.id, { config, paused }, ownerOf(request)));
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
      const fire = await triggers.fire(request.params.id, handKey(request));
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

function ownerOf({ rat }: FastifyRequest): TriggerOwner {
  return {
    by: rat.principal.identity.userId,
    identified: isIdentified(rat.principal),
    roles: rat.principal.identity.roles,
  };
}

/** Whoever hears of a pipeline's success must be allowed to read it. */
async function demandUpstream(
  deps: HttpDeps,
  request: FastifyRequest,
  { pipeline }: Readonly<Record<string, unknown>>,
): Promise<void> {
  const name = typeof pipeline === "string" ? parsePipelineId(pipeline) : undefined;
  if (name !== undefined) await demandAccess(deps, request, onPipeline("read", name));
}

function handKey({ headers, rat }: FastifyRequest): string {
  const key = headers["idempotency-key"];
  if (key === undefined) return randomUUID();
  if (typeof key === "string" && KEY.test(key)) return `${rat.principal.identity.userId} ${key}`;
  throw new RatError("bad_request", "Idempotency-Key must be 1 to 255 printable characters without spaces.");
}
