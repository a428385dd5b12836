import { Readable } from "node:stream";
import { Type } from "typebox";
import { isEmptyFilter } from "../../audit/audit-filter.ts";
import { EXPORT_FORMATS, exportLines } from "../../audit/export-lines.ts";
import { nextCursor, pageQuery } from "../kit/cursor.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import { auditFilterOf, auditQuery } from "./audit-shapes.ts";

const tags = ["audit"];
const config = { scope: "audit:read" } as const;
const CONTENT_TYPES = { ndjson: "application/x-ndjson; charset=utf-8", csv: "text/csv; charset=utf-8" };
/** The sort keys of a cursor: time, writer, number. */
const KEYS = [/^[0-9TZ:.-]{20,30}$/, /^[^\u0000]{1,128}$/, /^[0-9]{1,18}$/];

const content = Type.Unsafe<Readable | string>({ type: "string", description: "One record a line." });

/** The audit log: read, export, verify. */
export const auditRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/audit",
    config,
    schema: {
      tags,
      summary: "List audit records, newest first",
      querystring: Type.Object({ ...auditQuery, ...pageQuery }),
      response: {
        200: Type.Object({ records: Type.Array(shape("AuditRecord")), next_cursor: nextCursor }),
        ...problems,
      },
    },
    writesPlainly: true,
    async handle({ pages, auditLog }, { query }) {
      const filter = auditFilterOf(query);
      const page = await pages.of(query, { filters: ["audit", filter], keys: KEYS });
      const [at = "", writer = "", seq = ""] = page.after ?? [];
      const after = page.after === undefined ? undefined : { at, writer, seq };
      const rows = await auditLog.list(filter, after, page.limit + 1);
      const { items, nextCursor } = page.cut(rows, (row) => [row.at, row.writer, String(row.seq)]);
      return { records: [...items], next_cursor: nextCursor };
    },
  }),
  route({
    method: "GET",
    url: "/api/v1/audit/export",
    config,
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
    async handle({ auditLog }, { query }, reply) {
      const { format = "ndjson" } = query;
      const filter = auditFilterOf(query);
      // Before the answer begins, so that a database that is away is an error and no empty file.
      const batches = await begun(auditLog.export(filter));
      return reply
        .headers({
          "content-type": CONTENT_TYPES[format],
          "content-disposition": `attachment; filename="audit.${format}"`,
          "cache-control": "no-store",
        })
        .send(Readable.from(exportLines(batches, format, !isEmptyFilter(filter))));
    },
  }),
  route({
    method: "GET",
    url: "/api/v1/audit/verify",
    config,
    schema: {
      tags,
      summary:
        "Look at the whole audit log: the first record of each chain that was edited, removed, moved or cut off",
      response: { 200: shape("AuditVerification"), ...problems },
    },
    async handle({ auditLog }) {
      const { problems: found, ...rest } = await auditLog.verify();
      return { ...rest, problems: [...found] };
    },
  }),
];

/** What a generator gives, once it has given something. */
async function begun<Item>(items: AsyncGenerator<Item>): Promise<AsyncIterable<Item>> {
  const first = await items.next();
  return (async function* () {
    if (first.done !== true) yield first.value;
    yield* items;
  })();
}
