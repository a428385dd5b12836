import type { ReadStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Type, type Static } from "typebox";
import type { FastifyRequest } from "fastify";
import type { RouteAccess } from "../layers/authorize.ts";
import { onNamespace, onResource } from "../route-access.ts";
import { pageOf, pageQuery } from "../cursor.ts";
import type { App, HttpDeps } from "../deps.ts";
import { NAME_PATTERN, parsePipelineId, pipelineId } from "../../pipelines/pipeline.ts";
import { pipelineParams } from "../pipeline-schemas.ts";
import { problems, shape } from "../schemas.ts";
import { fileView } from "../views/pipeline-views.ts";

const params = Type.Object({
  namespace: Type.String({ pattern: NAME_PATTERN }),
  "*": Type.String({ description: "Path of the file." }),
});

const content = Type.Unsafe<ReadStream | string>({
  type: "string",
  format: "binary",
  description: "The file.",
});

/** The files of a namespace: list and read all, put and remove those below `raw/`. */
export function fileRoutes(root: App, { files }: HttpDeps): void {
  const tags = ["namespaces"];
  const access = (action: string) => (request: FastifyRequest) =>
    onNamespace(action, (request.params as Static<typeof params>).namespace);
  const url = "/api/v1/namespaces/:namespace/files/*";

  root.get(
    "/api/v1/namespaces/:namespace/files",
    {
      config: { scope: "namespaces:read", access: access("read") },
      schema: {
        tags,
        summary: "List the files of a namespace, by path",
        params: pipelineParams.namespace,
        querystring: Type.Object({
          prefix: Type.Optional(Type.String({ maxLength: 1024, pattern: "^[^\\u0000]*$" })),
          ...pageQuery,
        }),
        response: {
          200: Type.Object({
            files: Type.Array(shape("NamespaceFile")),
            next_cursor: Type.Union([Type.String(), Type.Null()]),
          }),
          ...problems,
        },
      },
    },
    async ({ params: { namespace }, query }) => {
      const { prefix = "" } = query;
      const page = pageOf(query, { filters: ["files", namespace, prefix], keys: [/^[^\0]{1,1024}$/] });
      const rows = await files.list(namespace, { prefix, after: page.after?.[0] ?? "", limit: page.limit });
      const { items, nextCursor } = page.cut(rows, ({ path }) => [path]);
      return { files: items.map(fileView), next_cursor: nextCursor };
    },
  );

  // A scope of its own: here bodies of every type are taken as they come, and nowhere else.
  root.register((app: App, _options, done) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, done) => done(null));

    app.get(
      url,
      {
        config: { scope: "namespaces:read", access: onFile },
        schema: {
          tags,
          summary: "Read a file",
          params,
          produces: ["application/octet-stream"],
          response: { 200: content, ...problems },
        },
      },
      async ({ params: { namespace, "*": path } }, reply) => {
        const { handle, size, modifiedAt } = await files.read(namespace, path);
        reply
          .type("application/octet-stream")
          .headers({ "content-length": size, "last-modified": modifiedAt.toUTCString() });
        // No more than was promised, though a run may be writing it.
        if (size > 0) return reply.send(handle.createReadStream({ end: size - 1 }));
        await handle.close();
        return reply.send("");
      },
    );

    app.put(
      url,
      {
        config: { scope: "namespaces:write", access: access("write") },
        schema: {
          tags,
          summary: "Store a file below raw/; the body is its content",
          consumes: ["application/octet-stream"],
          params,
          response: { 200: shape("NamespaceFile"), 201: shape("NamespaceFile"), ...problems },
        },
      },
      async (request, reply) => {
        const { namespace, "*": path } = request.params;
        const { isNew, file } = await files.store(namespace, path, {
          announcedBytes: Number(request.headers["content-length"] ?? 0),
          content: bodyOf(request.raw),
        });
        return reply.code(isNew ? 201 : 200).send(fileView(file));
      },
    );

    app.delete(
      url,
      {
        config: { scope: "namespaces:write", access: access("write") },
        schema: {
          tags,
          summary: "Remove a file below raw/",
          params,
          response: { 204: Type.Null({ description: "Removed" }), ...problems },
        },
      },
      async ({ params: { namespace, "*": path } }, reply) => {
        await files.remove(namespace, path);
        return reply.code(204).send(null);
      },
    );
    done();
  });
}

/** A file that is the table of a pipeline may be read by whoever may read that table; any other by the namespace. */
function onFile(request: FastifyRequest): RouteAccess {
  const { namespace, "*": path } = request.params as Static<typeof params>;
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
