import { Type } from "typebox";
import { pipelineId } from "../../pipeline-id.ts";
import { nextCursor, pageQuery } from "../kit/cursor.ts";
import { etagOf, ifMatch } from "../kit/preconditions.ts";
import { onPipeline } from "../kit/route-access.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import { diffQuery, pipelineParams, pipelinesBodies as bodies, versionParams } from "./pipelines-shapes.ts";
import { pipelineDetailView, publicationView, versionView } from "./pipelines-views.ts";

const tags = ["pipelines"];
const base = "/api/v1/pipelines/:namespace/:layer/:name";
/** The sort key of a cursor: a number. */
const KEYS = [/^[1-9][0-9]{0,17}$/];

const SUMMARIES = {
  publish: "Put a version in force; by default the latest",
  rollback: "Put a version back in force; by default the one before the present",
} as const;

/** The versions of a pipeline, and which of them is in force. */
export const versionsRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: `${base}/versions`,
    config: { scope: "pipelines:read", access: ({ params }) => onPipeline("read", params) },
    schema: {
      tags,
      summary: "List the versions, newest first",
      params: pipelineParams,
      querystring: Type.Object(pageQuery),
      response: {
        200: Type.Object({ versions: Type.Array(shape("PipelineVersion")), next_cursor: nextCursor }),
        ...problems,
      },
    },
    async handle({ pages, versions }, { params: name, query }) {
      const page = await pages.of(query, { filters: ["versions", pipelineId(name)], keys: KEYS });
      const rows = await versions.list(name, page);
      const { items, nextCursor } = page.cut(rows, ({ version }) => [String(version)]);
      return { versions: items.map(versionView), next_cursor: nextCursor };
    },
  }),
  route({
    method: "GET",
    url: `${base}/versions/:version`,
    config: { scope: "pipelines:read", access: ({ params }) => onPipeline("read", params) },
    schema: {
      tags,
      summary: "Show a version",
      params: versionParams,
      response: { 200: shape("PipelineVersion"), ...problems },
    },
    async handle({ versions }, { params: { version, ...name } }) {
      return versionView(await versions.get(name, Number(version)));
    },
  }),
  route({
    method: "GET",
    url: `${base}/diff`,
    config: { scope: "pipelines:read", access: ({ params }) => onPipeline("read", params) },
    schema: {
      tags,
      summary: "Compare two versions; by default the one in force with the latest",
      params: pipelineParams,
      querystring: diffQuery,
      response: {
        200: Type.Object({
          from: Type.Integer(),
          to: Type.Integer(),
          changes: Type.Array(shape("Change")),
        }),
        ...problems,
      },
    },
    async handle({ versions }, { params, query }) {
      const wanted = { from: numberIn(query.from), to: numberIn(query.to) };
      const { from, to, changes } = await versions.diff(params, wanted);
      return { from, to, changes: [...changes] };
    },
  }),
  ...(["publish", "rollback"] as const).map((action) =>
    route({
      method: "POST",
      url: `${base}/${action}`,
      config: { scope: "pipelines:write", access: ({ params }) => onPipeline("write", params) },
      schema: {
        tags,
        summary: SUMMARIES[action],
        params: pipelineParams,
        body: bodies.version,
        response: { 200: shape("PipelineDetail"), ...problems },
      },
      bodyOptional: true,
      async handle({ versions }, request, reply) {
        const { params, body, rat } = request;
        const state = await versions[action](params, body.version, ifMatch(request), rat);
        reply.header("etag", etagOf(state.pipeline.latestVersion));
        return pipelineDetailView(state);
      },
    }),
  ),
  route({
    method: "GET",
    url: `${base}/publications`,
    config: { scope: "pipelines:read", access: ({ params }) => onPipeline("read", params) },
    schema: {
      tags,
      summary: "Which version was in force since when, newest first",
      params: pipelineParams,
      querystring: Type.Object(pageQuery),
      response: {
        200: Type.Object({ publications: Type.Array(shape("Publication")), next_cursor: nextCursor }),
        ...problems,
      },
    },
    async handle({ pages, versions }, { params: name, query }) {
      const page = await pages.of(query, { filters: ["publications", pipelineId(name)], keys: KEYS });
      const rows = await versions.publications(name, page);
      const { items, nextCursor } = page.cut(rows, ({ id }) => [id]);
      return { publications: items.map(publicationView), next_cursor: nextCursor };
    },
  }),
];

function numberIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
