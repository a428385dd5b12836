import { Type, type Static } from "typebox";
import type { FastifyRequest } from "fastify";
import { onNamespace, onNewNamespace } from "../route-access.ts";
import { pageOf, pageQuery } from "../cursor.ts";
import type { App, HttpDeps } from "../deps.ts";
import { onlyKeysOf } from "../known-keys.ts";
import { pipelineBodies as bodies, pipelineParams } from "../pipeline-schemas.ts";
import { problems, shape } from "../schemas.ts";
import { namespaceView } from "../views/pipeline-views.ts";

const params = pipelineParams.namespace;
const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

/** Namespaces: list, make, look at, change, remove. */
export function namespaceRoutes(app: App, { namespaces }: HttpDeps): void {
  const tags = ["namespaces"];
  const access = (action: string) => (request: FastifyRequest) =>
    onNamespace(action, (request.params as Static<typeof params>).namespace);

  app.get(
    "/api/v1/namespaces",
    {
      config: { scope: "namespaces:read" },
      schema: {
        tags,
        summary: "List the namespaces",
        querystring: Type.Object(pageQuery),
        response: {
          200: Type.Object({
            namespaces: Type.Array(shape("Namespace")),
            next_cursor: Type.Union([Type.String(), Type.Null()]),
          }),
          ...problems,
        },
      },
    },
    async (request) => {
      const page = pageOf(request.query, { filters: ["namespaces"], keys: [NAME] });
      const { items, next } = await namespaces.list(page, request.rat);
      return { namespaces: items.map(namespaceView), next_cursor: page.cursorAfter(next) };
    },
  );

  app.post(
    "/api/v1/namespaces",
    {
      config: {
        scope: "namespaces:write",
        access: ({ body }) => onNewNamespace((body as Static<typeof bodies.namespace>).name),
      },
      preValidation: onlyKeysOf(bodies.namespace),
      schema: {
        tags,
        summary: "Make a namespace",
        body: bodies.namespace,
        response: { 201: shape("Namespace"), ...problems },
      },
    },
    async ({ body: { name, description, max_running: maxRunning }, rat }, reply) => {
      const made = await namespaces.create(name, { description, maxRunning }, rat);
      return reply.code(201).header("location", `/api/v1/namespaces/${name}`).send(namespaceView(made));
    },
  );

  app.get(
    "/api/v1/namespaces/:namespace",
    {
      config: { scope: "namespaces:read", access: access("read") },
      schema: {
        tags,
        summary: "Show a namespace",
        params,
        response: { 200: shape("Namespace"), ...problems },
      },
    },
    async (request) => namespaceView(await namespaces.get(request.params.namespace)),
  );

  app.patch(
    "/api/v1/namespaces/:namespace",
    {
      config: { scope: "namespaces:write", access: access("write") },
      preValidation: onlyKeysOf(bodies.namespaceChange),
      schema: {
        tags,
        summary: "Change a namespace",
        params,
        body: bodies.namespaceChange,
        response: { 200: shape("Namespace"), ...problems },
      },
    },
    async ({ params: { namespace }, body: { description, max_running: maxRunning } }) =>
      namespaceView(await namespaces.update(namespace, { description, maxRunning })),
  );

  app.delete(
    "/api/v1/namespaces/:namespace",
    {
      config: { scope: "namespaces:write", access: access("delete") },
      schema: {
        tags,
        summary: "Remove a namespace that has neither pipelines nor files",
        params,
        response: { 204: Type.Null({ description: "Removed" }), ...problems },
      },
    },
    async ({ params: { namespace }, rat }, reply) => {
      await namespaces.remove(namespace, rat);
      return reply.code(204).send(null);
    },
  );
}
