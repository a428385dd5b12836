import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { SOURCE_FORMATS, type SourceFormat } from "./sql-spec.ts";

/** One query with everything around it, as the job file says. */
export interface SqlJob {
  readonly sql: string;
  /** Files that were fetched, each to show as a view. */
  readonly sources: readonly {
    readonly name: string;
    readonly file: string;
    readonly format: SourceFormat;
  }[];
  readonly namespaceFolder: string;
  readonly layer: string;
  readonly pipeline: string;
  readonly previewRows: number;
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
    previewRows: number("preview_rows", job.preview_rows ?? 50),
    memoryMb: number("memory_mb", job.memory_mb ?? limits.memory_mb ?? 1024),
    threads: number("threads", job.threads ?? limits.threads ?? 2),
    tempFolder: resolve(text("temp_folder", job.temp_folder ?? env.TMPDIR ?? tmpdir())),
    tempMb: number("temp_mb", job.temp_mb ?? 4096),
    temporary: text("temporary", job.temporary ?? `.${pipeline}.${process.pid}.tmp`),
  };
}

function sourceOf(value: unknown): SqlJob["sources"][number] {
  const source: Partial<Record<string, unknown>> = typeof value === "object" && value !== null ? value : {};
  const format = SOURCE_FORMATS.find((one) => one === source.format);
  if (format === undefined) throw new Error(`sources.format: must be one of ${SOURCE_FORMATS.join(", ")}`);
  if (source.file === undefined)
    throw new Error("sources: URLs cannot be fetched here, where there is no network");
  return {
    name: text("sources.name", source.name),
    file: resolve(text("sources.file", source.file)),
    format,
  };
}

function text(key: string, value: unknown): string {
  if (typeof value !== "string" || value === "") throw new Error(`${key}: must be a text`);
  return value;
}

function number(key: string, value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw new Error(`${key}: must be a whole number`);
  }
  return value;
}
