import { Type, type Static } from "typebox";
import type { FastifyRequest } from "fastify";
import { pipelineId } from "../../pipelines/pipeline.ts";
import { onPipeline } from "../route-access.ts";
import { pageOf, pageQuery } from "../cursor.ts";
import type { App, HttpDeps } from "../deps.ts";
import { pipelineBodies as bodies, pipelineParams } from "../pipeline-schemas.ts";
import { etagOf, ifMatch } from "../preconditions.ts";
import { problems, shape } from "../schemas.ts";
import { pipelineDetailView, publicationView, versionView } from "../views/pipeline-views.ts";

const params = pipelineParams.pipeline;
const versionNumber = Type.Optional(Type.String({ pattern: "^[1-9][0-9]{0,8}$" }));
const NUMBER = [/^[1-9][0-9]{0,17}$/];
const nextCursorOf = Type.Union([Type.String(), Type.Null()]);

/** The versions of a pipeline, and which of them is in force. */
export function pipelineVersionRoutes(app: App, { versions }: HttpDeps): void {
  const tags = ["pipelines"];
  const base = "/api/v1/pipelines/:namespace/:layer/:name";
  const access = (action: string) => (request: FastifyRequest) =>
    onPipeline(action, request.params as Static<typeof params>);

  app.get(
    `${base}/versions`,
    {
      config: { scope: "pipelines:read", access: access("read") },
      schema: {
        tags,
        summary: "List the versions, newest first",
        params,
        querystring: Type.Object(pageQuery),
        response: {
          200: Type.Object({ versions: Type.Array(shape("PipelineVersion")), next_cursor: nextCursorOf }),
          ...problems,
        },
      },
    },
    async ({ params: name, query }) => {
      const page = pageOf(query, { filters: ["versions", pipelineId(name)], keys: NUMBER });
      const rows = await versions.list(name, page);
      const { items, nextCursor } = page.cut(rows, ({ version }) => [String(version)]);
      return { versions: items.map(versionView), next_cursor: nextCursor };
    },
  );

  app.get(
    `${base}/versions/:version`,
    {
      config: { scope: "pipelines:read", access: access("read") },
      schema: {
        tags,
        summary: "Show a version",
        params: pipelineParams.version,
        response: { 200: shape("PipelineVersion"), ...problems },
      },
    },
    async ({ params: { version, ...name } }) => versionView(await versions.get(name, Number(version))),
  );

  app.get(
    `${base}/diff`,
    {
      config: { scope: "pipelines:read", access: access("read") },
      schema: {
        tags,
        summary: "Compare two versions; by default the one in force with the latest",
        params,
        querystring: Type.Object({ from: versionNumber, to: versionNumber }),
        response: {
          200: Type.Object({
            from: Type.Integer(),
            to: Type.Integer(),
            changes: Type.Array(shape("Change")),
          }),
          ...problems,
        },
      },
    },
    async ({ params: name, query }) => {
      const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
      const { from, to, changes } = await versions.diff(name, {
        from: number(query.from),
        to: number(query.to),
      });
      return { from, to, changes: [...changes] };
    },
  );

  for (const action of ["publish", "rollback"] as const) {
    app.post(
      `${base}/${action}`,
      {
        config: { scope: "pipelines:write", access: access("write") },
        preValidation: (request, _reply, done) => {
          request.body ??= {};
          done();
        },
        schema: {
          tags,
          summary: SUMMARIES[action],
          params,
          body: bodies.version,
          response: { 200: shape("PipelineDetail"), ...problems },
        },
      },
      async (request, reply) => {
        const { params: name, body, rat } = request;
        const state = await versions[action](name, body.version, ifMatch(request), rat);
        reply.header("etag", etagOf(state.pipeline.latestVersion));
        return pipelineDetailView(state);
      },
    );
  }

  app.get(
    `${base}/publications`,
    {
      config: { scope: "pipelines:read", access: access("read") },
      schema: {
        tags,
        summary: "Which version was in force since when, newest first",
        params,
        querystring: Type.Object(pageQuery),
        response: {
          200: Type.Object({ publications: Type.Array(shape("Publication")), next_cursor: nextCursorOf }),
          ...problems,
        },
      },
    },
    async ({ params: name, query }) => {
      const page = pageOf(query, { filters: ["publications", pipelineId(name)], keys: NUMBER });
      const rows = await versions.publications(name, page);
      const { items, nextCursor } = page.cut(rows, ({ id }) => [id]);
      return { publications: items.map(publicationView), next_cursor: nextCursor };
    },
  );
}

const SUMMARIES = {
  publish: "Put a version in force; by default the latest",
  rollback: "Put a version back in force; by default the one before the present",
} as const;
