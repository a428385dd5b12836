import { Readable } from "node:stream";
import { Type } from "typebox";
import { isEmptyFilter } from "../../audit/audit-filter.ts";
import { EXPORT_FORMATS, exportLines } from "../../audit/export-lines.ts";
import { auditFilterOf, auditQuery } from "../audit-schemas.ts";
import { pageOf, pageQuery } from "../cursor.ts";
import type { App, HttpDeps } from "../deps.ts";
import { problems, shape } from "../schemas.ts";

const CONTENT_TYPES = { ndjson: "application/x-ndjson; charset=utf-8", csv: "text/csv; charset=utf-8" };
/** The sort keys of a cursor: time, writer, number. */
const KEYS = [/^[0-9TZ:.-]{20,30}$/, /^[^\u0000]{1,128}$/, /^[0-9]{1,18}$/];

const content = Type.Unsafe<Readable | string>({ type: "string", description: "One record a line." });

/** The audit log: read, export, verify. */
export function auditRoutes(app: App, { auditLog }: HttpDeps): void {
  const tags = ["audit"];

  app.get(
    "/api/v1/audit",
    {
      config: { scope: "audit:read" },
      schema: {
        tags,
        summary: "List audit records, newest first",
        querystring: Type.Object({ ...auditQuery, ...pageQuery }),
        response: {
          200: Type.Object({
            records: Type.Array(shape("AuditRecord")),
            next_cursor: Type.Union([Type.String(), Type.Null()]),
          }),
          ...problems,
        },
      },
      // Details have no shape of their own; cheaper to write as they are.
      serializerCompiler: () => (value) => JSON.stringify(value),
    },
    async ({ query }) => {
      const filter = auditFilterOf(query);
      const page = pageOf(query, { filters: ["audit", filter], keys: KEYS });
      const [at = "", writer = "", seq = ""] = page.after ?? [];
      const after = page.after === undefined ? undefined : { at, writer, seq };
      const rows = await auditLog.list(filter, after, page.limit + 1);
      const { items, nextCursor } = page.cut(rows, (row) => [row.at, row.writer, String(row.seq)]);
      return { records: [...items], next_cursor: nextCursor };
    },
  );

  app.get(
    "/api/v1/audit/export",
    {
      config: { scope: "audit:read" },
      schema: {
        tags,
        summary: "Export audit records, each chain from its beginning, as NDJSON or CSV",
        querystring: Type.Object({
          ...auditQuery,
          format: Type.Optional(Type.Enum([...EXPORT_FORMATS], { default: "ndjson" })),
        }),
        produces: ["application/x-ndjson", "text/csv"],
        response: { 200: content, ...problems },
      },
    },
    async ({ query }, reply) => {
      const { format = "ndjson" } = query;
      const filter = auditFilterOf(query);
      const batches = auditLog.export(filter);
      // Before the answer begins, so that a database that is away is an error and no empty file.
      const first = await batches.next();
      const all = (async function* () {
        if (first.done !== true) yield first.value;
        yield* batches;
      })();
      return reply
        .headers({
          "content-type": CONTENT_TYPES[format],
          "content-disposition": `attachment; filename="audit.${format}"`,
          "cache-control": "no-store",
        })
        .send(Readable.from(exportLines(all, format, !isEmptyFilter(filter))));
    },
  );

  app.get(
    "/api/v1/audit/verify",
    {
      config: { scope: "audit:read" },
      schema: {
        tags,
        summary:
          "Look at the whole audit log: the first record of each chain that was edited, removed, moved or cut off",
        response: { 200: shape("AuditVerification"), ...problems },
      },
    },
    async () => {
      const { problems: found, ...rest } = await auditLog.verify();
      return { ...rest, problems: [...found] };
    },
  );
}
