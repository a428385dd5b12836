import type { ReadStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Type } from "typebox";
import { parsePipelineId, pipelineId } from "../../pipeline-id.ts";
import { nextCursor } from "../kit/cursor.ts";
import { nothing } from "../kit/fields.ts";
import { onNamespace, onResource, type RouteAccess } from "../kit/route-access.ts";
import { route, type Route } from "../kit/route.ts";
import { namespaceParams } from "../namespaces/namespaces-shapes.ts";
import { problems, shape } from "../schemas.ts";
import { fileParams, filesQuery } from "./files-shapes.ts";
import { fileView } from "./files-views.ts";

const tags = ["namespaces"];
const url = "/api/v1/namespaces/:namespace/files/*";
/** The sort key of a cursor: the path. */
const KEYS = [/^[^\0]{1,1024}$/];

const content = Type.Unsafe<ReadStream | string>({
  type: "string",
  format: "binary",
  description: "The file.",
});

/** The files of a namespace: list and read all, put and remove those below `raw/`. */
export const filesRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/namespaces/:namespace/files",
    config: { scope: "namespaces:read", access: ({ params }) => onNamespace("read", params.namespace) },
    schema: {
      tags,
      summary: "List the files of a namespace, by path",
      params: namespaceParams,
      querystring: filesQuery,
      response: {
        200: Type.Object({ files: Type.Array(shape("NamespaceFile")), next_cursor: nextCursor }),
        ...problems,
      },
    },
    async handle({ pages, files }, { params: { namespace }, query }) {
      const { prefix = "" } = query;
      const page = await pages.of(query, { filters: ["files", namespace, prefix], keys: KEYS });
      const after = page.after?.[0] ?? "";
      const rows = await files.list(namespace, { prefix, after, limit: page.limit });
      const { items, nextCursor } = page.cut(rows, ({ path }) => [path]);
      return { files: items.map(fileView), next_cursor: nextCursor };
    },
  }),
  route({
    method: "GET",
    url,
    takes: "stream",
    config: { scope: "namespaces:read", access: ({ params }) => onFile(params.namespace, params["*"]) },
    schema: {
      tags,
      summary: "Read a file",
      params: fileParams,
      produces: ["application/octet-stream"],
      response: { 200: content, ...problems },
    },
    async handle({ files }, { params: { namespace, "*": path } }, reply) {
      const { handle, size, modifiedAt } = await files.read(namespace, path);
      reply
        .type("application/octet-stream")
        .headers({ "content-length": size, "last-modified": modifiedAt.toUTCString() });
      // No more than was promised, though a run may be writing it.
      if (size > 0) return reply.send(handle.createReadStream({ end: size - 1 }));
      await handle.close();
      return reply.send("");
    },
  }),
  route({
    method: "PUT",
    url,
    takes: "stream",
    config: { scope: "namespaces:write", access: ({ params }) => onNamespace("write", params.namespace) },
    schema: {
      tags,
      summary: "Store a file below raw/; the body is its content",
      consumes: ["application/octet-stream"],
      params: fileParams,
      response: { 200: shape("NamespaceFile"), 201: shape("NamespaceFile"), ...problems },
    },
    async handle({ files }, { params: { namespace, "*": path }, headers, raw }, reply) {
      const announcedBytes = Number(headers["content-length"] ?? 0);
      const { isNew, file } = await files.store(namespace, path, { announcedBytes, content: bodyOf(raw) });
      return reply.code(isNew ? 201 : 200).send(fileView(file));
    },
  }),
  route({
    method: "DELETE",
    url,
    takes: "stream",
    config: { scope: "namespaces:write", access: ({ params }) => onNamespace("write", params.namespace) },
    schema: {
      tags,
      summary: "Remove a file below raw/",
      params: fileParams,
      response: { 204: nothing("Removed"), ...problems },
    },
    async handle({ files }, { params: { namespace, "*": path } }, reply) {
      await files.remove(namespace, path);
      return reply.code(204).send(null);
    },
  }),
];

/** A file that is the table of a pipeline may be read by whoever may read that table; any other by the namespace. */
function onFile(namespace: string, path: string): RouteAccess {
  const [, table] = /^([^/]+\/[^/]+)\.parquet$/.exec(path) ?? [];
  const name = table === undefined ? undefined : parsePipelineId(`${namespace}/${table}`);
  if (name === undefined) return onNamespace("read", namespace);
  return {
    ...onResource("read", "table", pipelineId(name)),
    missing: `The namespace "${namespace}" has no file ${path}.`,
  };
}

/** The body as it comes. Left open at an early end, since the answer goes over the same connection. */
function bodyOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) };
}
