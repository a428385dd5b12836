import { createHash } from "node:crypto";
import { PluginError, type JsonObject, type RunReport } from "@rat/plugin-sdk";
import type { ContainerFile, ContainerLimits, Engine } from "./engine.ts";
import { EngineError } from "./engine-error.ts";
import { parseSqlOutcome, PREVIEW_ROWS, TIME_ZONE, timeZoneProblem, type SqlJobFile } from "./sql-job.ts";

/** Where the SQL job finds its order and leaves its result. */
export const JOB_FOLDER = "/job";

/** Where the folder of the namespace is mounted. */
export const WORKSPACE_FOLDER = "/workspace";

const RESULT_FILE = "out/result.json";
const MAX_RESULT_BYTES = 1024 * 1024;

/** The program of a run of kind `sql`, as infra/docker/runner.Dockerfile lays it out. */
export const SQL_ARGV: readonly [string, ...string[]] = [
  "node",
  "/app/services/runner/src/sql/sql-job.ts",
  "--job",
  `${JOB_FOLDER}/job.json`,
  "--result",
  `${JOB_FOLDER}/${RESULT_FILE}`,
];

/** The part of a container's memory that DuckDB may take; the rest is for the program around it and for files in /tmp. */
const MEMORY_SHARE = 0.6;

/** What of a run the SQL job is told. */
export interface SqlJobOrder {
  readonly runId: string;
  readonly spec: JsonObject;
  readonly layer: string;
  readonly pipeline: string;
  readonly limits: ContainerLimits;
  readonly folder: string;
}

/** The job of a run in a container. @throws PluginError `invalid_argument` that names the field of the spec. */
export function sqlJobOf({ spec, runId, layer, pipeline, limits, folder }: SqlJobOrder): SqlJobFile {
  const { threads } = isObject(spec.limits) ? spec.limits : {};
  const most = Math.max(1, Math.ceil(limits.cpus));
  return {
    sql: typeof spec.sql === "string" ? spec.sql : "",
    sources: [],
    namespace_folder: folder,
    temp_folder: "/tmp",
    temp_mb: Math.ceil(limits.disk_mb / 2),
    // Named after the run: process ids are the same in every container.
    temporary: `.${pipeline}.${createHash("sha256").update(runId).digest("hex").slice(0, 16)}.tmp`,
    layer,
    pipeline,
    preview_rows: previewRowsOf(spec.preview_rows ?? PREVIEW_ROWS),
    time_zone: timeZoneOf(spec.time_zone ?? TIME_ZONE),
    memory_mb: Math.max(16, Math.floor(limits.memory_mb * MEMORY_SHARE)),
    threads: typeof threads === "number" ? Math.min(threads, most) : most,
  };
}

/** What goes into {@link JOB_FOLDER} before the start: the job, and a folder for the result. */
export function jobFiles(job: SqlJobFile, owner: readonly [number, number]): readonly ContainerFile[] {
  return [
    { path: "job.json", content: Buffer.from(JSON.stringify(job)), mode: 0o444, owner },
    { path: "out/", mode: 0o700, owner },
  ];
}

/** What a SQL job left when it ended, well or not. */
export async function readSqlResult(
  engine: Engine,
  containerId: string,
): Promise<Pick<RunReport, "result" | "rowsWritten" | "error">> {
  try {
    const file = await engine.readFile(containerId, `${JOB_FOLDER}/${RESULT_FILE}`, MAX_RESULT_BYTES);
    return file === undefined ? {} : parseResult(file.toString("utf8"));
  } catch (error) {
    if (EngineError.from(error).code === "unreachable" && !(error instanceof SyntaxError)) throw error;
    return {};
  }
}

/** ratd refuses a report whose result is larger, and with it the end of the run. */
const MAX_RESULT_JSON = 256 * 1024;
const MAX_ERROR = 4096;

/** Reads the text that the job left. A preview that does not fit is left out. */
export function parseResult(text: string): Pick<RunReport, "result" | "rowsWritten" | "error"> {
  const { error, result } = parseSqlOutcome(JSON.parse(text));
  if (error !== undefined) return { error: error.slice(0, MAX_ERROR) };
  if (result === undefined) return {};
  const { rows_written: rows } = result;
  return {
    ...(typeof rows === "number" && Number.isSafeInteger(rows) && { rowsWritten: BigInt(rows) }),
    ...(JSON.stringify(result).length <= MAX_RESULT_JSON && { result: { ...result } }),
  };
}

function previewRowsOf(value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw new PluginError("invalid_argument", "spec.preview_rows: must be a whole number");
}

function timeZoneOf(value: unknown): string {
  const problem = timeZoneProblem(value);
  if (problem !== undefined) throw new PluginError("invalid_argument", `spec.time_zone: ${problem}`);
  return String(value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
