import { Type } from "typebox";
import { nextCursor, pageQuery } from "../kit/cursor.ts";
import { nothing } from "../kit/fields.ts";
import { onNamespace, onNewNamespace } from "../kit/route-access.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import { namespaceParams, namespacesBodies as bodies } from "./namespaces-shapes.ts";
import { namespaceView } from "./namespaces-views.ts";

const tags = ["namespaces"];
/** The sort key of a cursor: the name. */
const KEYS = [/^[a-z][a-z0-9_-]{0,62}$/];

/** Namespaces: list, make, look at, change, remove. */
export const namespacesRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/namespaces",
    config: { scope: "namespaces:read" },
    schema: {
      tags,
      summary: "List the namespaces",
      querystring: Type.Object(pageQuery),
      response: {
        200: Type.Object({ namespaces: Type.Array(shape("Namespace")), next_cursor: nextCursor }),
        ...problems,
      },
    },
    async handle({ pages, namespaces }, { query, rat }) {
      const page = await pages.of(query, { filters: ["namespaces"], keys: KEYS });
      const { items, next } = await namespaces.list(page, rat);
      return { namespaces: items.map(namespaceView), next_cursor: page.cursorAfter(next) };
    },
  }),
  route({
    method: "POST",
    url: "/api/v1/namespaces",
    config: { scope: "namespaces:write", access: ({ body }) => onNewNamespace(body.name) },
    schema: {
      tags,
      summary: "Make a namespace",
      body: bodies.namespace,
      response: { 201: shape("Namespace"), ...problems },
    },
    refusesUnknownKeys: true,
    async handle({ namespaces }, { body, rat }, reply) {
      const { name, description, max_running: maxRunning } = body;
      const made = await namespaces.create(name, { description, maxRunning }, rat);
      return reply.code(201).header("location", `/api/v1/namespaces/${name}`).send(namespaceView(made));
    },
  }),
  route({
    method: "GET",
    url: "/api/v1/namespaces/:namespace",
    config: { scope: "namespaces:read", access: ({ params }) => onNamespace("read", params.namespace) },
    schema: {
      tags,
      summary: "Show a namespace",
      params: namespaceParams,
      response: { 200: shape("Namespace"), ...problems },
    },
    handle: async ({ namespaces }, { params }) => namespaceView(await namespaces.get(params.namespace)),
  }),
  route({
    method: "PATCH",
    url: "/api/v1/namespaces/:namespace",
    config: { scope: "namespaces:write", access: ({ params }) => onNamespace("write", params.namespace) },
    schema: {
      tags,
      summary: "Change a namespace",
      params: namespaceParams,
      body: bodies.namespaceChange,
      response: { 200: shape("Namespace"), ...problems },
    },
    refusesUnknownKeys: true,
    async handle({ namespaces }, { params, body: { description, max_running: maxRunning } }) {
      return namespaceView(await namespaces.update(params.namespace, { description, maxRunning }));
    },
  }),
  route({
    method: "DELETE",
    url: "/api/v1/namespaces/:namespace",
    config: { scope: "namespaces:write", access: ({ params }) => onNamespace("delete", params.namespace) },
    schema: {
      tags,
      summary: "Remove a namespace that has neither pipelines nor files",
      params: namespaceParams,
      response: { 204: nothing("Removed"), ...problems },
    },
    async handle({ namespaces }, { params, rat }, reply) {
      await namespaces.remove(params.namespace, rat);
      return reply.code(204).send(null);
    },
  }),
];
