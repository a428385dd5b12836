import { tmpdir } from "node:os";
import { resolve } from "node:path";

/** The formats of files that SQL reads. */
export const SOURCE_FORMATS = ["csv", "json", "parquet"] as const;

/** One of {@link SOURCE_FORMATS}. */
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

/** How the text of a CSV source is written; UTF-8 where nobody says. */
export const SOURCE_ENCODINGS = ["utf-8", "utf-16", "latin-1"] as const;

/** One of {@link SOURCE_ENCODINGS}. */
export type SourceEncoding = (typeof SOURCE_ENCODINGS)[number];

/** Rows of the result that are answered where nobody says how many. */
export const PREVIEW_ROWS = 50;

/** The time zone of a query where nobody says which. */
export const TIME_ZONE = "UTC";
const TIME_ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/;

/** Why this is no time zone; undefined when it is one. */
export function timeZoneProblem(name: unknown): string | undefined {
  try {
    if (typeof name === "string" && TIME_ZONE_NAME.test(name)) {
      if (new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "") return undefined;
    }
  } catch {
    // Told below.
  }
  return "must be a time zone such as Europe/Berlin or UTC";
}

/** A file that was fetched, to show as a view. */
export interface SqlJobSource {
  readonly name: string;
  readonly file: string;
  readonly format: SourceFormat;
  readonly encoding: SourceEncoding | undefined;
}

/**
 * One query with everything around it as it is handed to the SQL job, which `services/runner` has: in a file of a container,
 * or to a process of the runner. Whoever hands over one writes this; {@link parseSqlJob} reads it.
 */
export interface SqlJobFile {
  readonly sql: string;
  readonly sources: readonly SqlJobSource[];
  readonly namespace_folder: string;
  readonly layer: string | undefined;
  readonly pipeline: string;
  readonly preview_rows: number;
  /** IANA name: what the query takes for the local time. */
  readonly time_zone: string;
  /** What the engine may take, MiB. */
  readonly memory_mb: number;
  readonly threads: number;
  /** Where the engine spills, and how much, MiB. */
  readonly temp_folder: string;
  readonly temp_mb: number;
  /** Name of the file in the layer's folder that becomes the result when it is whole. */
  readonly temporary: string;
}

/** What the SQL job leaves in its result file. */
export interface SqlOutcome {
  /** Why it failed; undefined when it did not. */
  readonly error?: string;
  /** What the run answers: path, rows_written, columns, rows, truncated. */
  readonly result?: SqlResult;
}

/** The answer of a query: plain JSON. */
export type SqlResult = { readonly [key: string]: SqlValue };
type SqlValue = string | number | boolean | null | SqlValue[] | { [key: string]: SqlValue };

/** A {@link SqlJobFile} that was read: every member is there, and paths are whole. */
export interface SqlJob {
  readonly sql: string;
  /** Files that were fetched, each to show as a view. */
  readonly sources: readonly SqlJobSource[];
  readonly namespaceFolder: string;
  readonly layer: string;
  readonly pipeline: string;
  readonly previewRows: number;
  readonly timeZone: string;
  readonly memoryMb: number;
  readonly threads: number;
  /** Where the engine spills, and how much. */
  readonly tempFolder: string;
  readonly tempMb: number;
  /** Name of the file in the layer's folder that becomes the result when it is whole. */
  readonly temporary: string;
}

const NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const LAYERS: ReadonlySet<string> = new Set(["bronze", "silver", "gold"]);

/** Reads a job; what it does not say comes from the variables that every run has. @throws Error that names the key. */
export function parseSqlJob(value: unknown, env: Readonly<Record<string, string | undefined>>): SqlJob {
  const job: Partial<Record<string, unknown>> = typeof value === "object" && value !== null ? value : {};
  const limits: Partial<Record<string, unknown>> =
    typeof job.limits === "object" && job.limits !== null ? job.limits : {};
  const pipeline = text("pipeline", job.pipeline ?? env.RAT_PIPELINE);
  if (!NAME.test(pipeline)) throw new Error(`pipeline: must match ${NAME.source}`);
  const layer = text("layer", job.layer ?? env.RAT_LAYER);
  if (!LAYERS.has(layer)) throw new Error("layer: must be bronze, silver or gold");
  return {
    sql: text("sql", job.sql),
    sources: Array.isArray(job.sources) ? job.sources.map(sourceOf) : [],
    namespaceFolder: resolve(
      text("namespace_folder", job.namespace_folder ?? env.RAT_WORKSPACE ?? "/workspace"),
    ),
    layer,
    pipeline,
    previewRows: number("preview_rows", job.preview_rows ?? PREVIEW_ROWS),
    timeZone: timeZone("time_zone", job.time_zone ?? TIME_ZONE),
    memoryMb: number("memory_mb", job.memory_mb ?? limits.memory_mb ?? 1024),
    threads: number("threads", job.threads ?? limits.threads ?? 2),
    tempFolder: resolve(text("temp_folder", job.temp_folder ?? env.TMPDIR ?? tmpdir())),
    tempMb: number("temp_mb", job.temp_mb ?? 4096),
    temporary: text("temporary", job.temporary ?? `.${pipeline}.${process.pid}.tmp`),
  };
}

/** Reads what a job left. It is untrusted: what does not fit the form is left out. */
export function parseSqlOutcome(value: unknown): SqlOutcome {
  const outcome: Partial<Record<string, unknown>> = typeof value === "object" && value !== null ? value : {};
  if (typeof outcome.error === "string") return { error: outcome.error };
  const { result } = outcome;
  if (typeof result !== "object" || result === null || Array.isArray(result)) return {};
  return { result: result as SqlResult };
}

function sourceOf(value: unknown): SqlJobSource {
  const source: Partial<Record<string, unknown>> = typeof value === "object" && value !== null ? value : {};
  const format = SOURCE_FORMATS.find((one) => one === source.format);
  if (format === undefined) throw new Error(`sources.format: must be one of ${SOURCE_FORMATS.join(", ")}`);
  if (source.file === undefined)
    throw new Error("sources: URLs cannot be fetched here, where there is no network");
  return {
    name: text("sources.name", source.name),
    file: resolve(text("sources.file", source.file)),
    format,
    encoding: SOURCE_ENCODINGS.find((one) => one === source.encoding),
  };
}

function text(key: string, value: unknown): string {
  if (typeof value !== "string" || value === "") throw new Error(`${key}: must be a text`);
  return value;
}

function timeZone(key: string, value: unknown): string {
  const problem = timeZoneProblem(value);
  if (problem !== undefined) throw new Error(`${key}: ${problem}`);
  return String(value);
}

function number(key: string, value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw new Error(`${key}: must be a whole number`);
  }
  return value;
}
