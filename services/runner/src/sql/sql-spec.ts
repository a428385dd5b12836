import {
  PREVIEW_ROWS,
  SOURCE_ENCODINGS,
  SOURCE_FORMATS,
  TIME_ZONE,
  timeZoneProblem,
  type SourceEncoding,
  type SourceFormat,
} from "@rat/executor-kit/sql-job";
import type { JsonObject } from "@rat/plugin-sdk";
import { optionalInteger, refuse, requireList, requireObject, requireText } from "../checks/refuse.ts";

/** A file to fetch before the query, and the name of the view that shows it. */
export interface SqlSource {
  readonly name: string;
  readonly url: URL;
  readonly format: SourceFormat;
  readonly encoding: SourceEncoding | undefined;
}

/** What a run of kind `sql` asks for, checked. */
export interface SqlSpec {
  readonly kind: "sql";
  readonly sql: string;
  readonly sources: readonly SqlSource[];
  /** Rows of the result that are answered. */
  readonly previewRows: number;
  /** IANA name. */
  readonly timeZone: string;
  readonly memoryMb: number | undefined;
  readonly threads: number | undefined;
}

const MAX_SQL_BYTES = 256 * 1024;
const MAX_SOURCES = 32;
const SOURCE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** Reads the spec of a query. @throws PluginError `invalid_argument`. */
export function parseSqlSpec(spec: JsonObject): SqlSpec {
  const given = requireObject("spec", spec, ["sql", "sources", "preview_rows", "time_zone", "limits"]);
  const sql = requireText("spec.sql", given.sql, MAX_SQL_BYTES);
  if (sql.trim() === "") refuse("spec.sql", "must not be empty");
  const limits = requireObject("spec.limits", given.limits ?? {}, ["memory_mb", "threads"]);
  return {
    kind: "sql",
    sql,
    sources: sourcesOf(given.sources),
    previewRows: optionalInteger("spec.preview_rows", given.preview_rows, [0, 1000]) ?? PREVIEW_ROWS,
    timeZone: timeZoneOf(given.time_zone ?? TIME_ZONE),
    memoryMb: optionalInteger("spec.limits.memory_mb", limits.memory_mb, [16, 16_777_216]),
    threads: optionalInteger("spec.limits.threads", limits.threads, [1, 1024]),
  };
}

function timeZoneOf(value: unknown): string {
  const problem = timeZoneProblem(value);
  return problem === undefined ? String(value) : refuse("spec.time_zone", problem);
}

function sourcesOf(value: unknown): readonly SqlSource[] {
  const sources = requireList("spec.sources", value ?? [], MAX_SOURCES).map((item, at) =>
    sourceOf(`spec.sources[${at}]`, item),
  );
  for (const [at, { name }] of sources.entries()) {
    const first = sources.findIndex((other) => other.name.toLowerCase() === name.toLowerCase());
    if (first !== at) refuse(`spec.sources[${at}].name`, `is taken by spec.sources[${first}]`);
  }
  return sources;
}

function sourceOf(field: string, value: unknown): SqlSource {
  const { name, url, format, encoding } = requireObject(field, value, ["name", "url", "format", "encoding"]);
  const checkedName = requireText(`${field}.name`, name, 63);
  if (!SOURCE_NAME.test(checkedName)) refuse(`${field}.name`, `must match ${SOURCE_NAME.source}`);
  const checkedUrl = URL.parse(requireText(`${field}.url`, url, 2048));
  if (checkedUrl === null) return refuse(`${field}.url`, "must be a URL");
  const known = SOURCE_FORMATS.find((one) => one === format);
  if (known === undefined) return refuse(`${field}.format`, `must be one of ${SOURCE_FORMATS.join(", ")}`);
  const written = SOURCE_ENCODINGS.find((one) => one === encoding);
  if (encoding !== undefined && written === undefined) {
    return refuse(`${field}.encoding`, `must be one of ${SOURCE_ENCODINGS.join(", ")}`);
  }
  if (written !== undefined && known !== "csv") refuse(`${field}.encoding`, "goes only with format csv");
  return { name: checkedName, url: checkedUrl, format: known, encoding: written };
}
