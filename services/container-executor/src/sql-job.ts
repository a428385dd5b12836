import { createHash } from "node:crypto";
import type { JsonObject, RunReport } from "@rat/plugin-sdk";
import type { RunLimits } from "./config.ts";
import { EngineError } from "./engine-error.ts";
import { firstFileOf, type TarEntry } from "./tar.ts";

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
  readonly limits: RunLimits;
  readonly folder: string;
}

/** The job as services/runner reads it (`SqlJob` there). */
export function sqlJobOf({ spec, runId, layer, pipeline, limits, folder }: SqlJobOrder): JsonObject {
  const { threads } = isObject(spec.limits) ? spec.limits : {};
  const most = Math.max(1, Math.ceil(limits.cpus));
  return {
    sql: spec.sql ?? "",
    sources: [],
    namespace_folder: folder,
    temp_folder: "/tmp",
    temp_mb: Math.ceil(limits.disk_mb / 2),
    // Named after the run: process ids are the same in every container.
    temporary: `.${pipeline}.${createHash("sha256").update(runId).digest("hex").slice(0, 16)}.tmp`,
    layer,
    pipeline,
    preview_rows: spec.preview_rows ?? 50,
    memory_mb: Math.max(16, Math.floor(limits.memory_mb * MEMORY_SHARE)),
    threads: typeof threads === "number" ? Math.min(threads, most) : most,
  };
}

/** What goes into {@link JOB_FOLDER} before the start: the job, and a folder for the result. */
export function jobEntries(job: JsonObject, owner: readonly [number, number]): readonly TarEntry[] {
  return [
    { path: "job.json", content: Buffer.from(JSON.stringify(job)), mode: 0o444, owner },
    { path: "out/", mode: 0o700, owner },
  ];
}

/** The part of an engine that reads a path of a container: as a tar archive, undefined when there is none. */
export interface ContainerFiles {
  read(containerId: string, path: string, maxBytes: number): Promise<Buffer | undefined>;
}

/** What a SQL job left when it ended, well or not. */
export async function readSqlResult(
  engine: ContainerFiles,
  containerId: string,
): Promise<Pick<RunReport, "result" | "rowsWritten" | "error">> {
  try {
    const archive = await engine.read(containerId, `${JOB_FOLDER}/${RESULT_FILE}`, MAX_RESULT_BYTES + 4096);
    const file = archive && firstFileOf(archive);
    return file === undefined ? {} : parseResult(file.toString("utf8"));
  } catch (error) {
    if (EngineError.from(error).code === "unreachable" && !(error instanceof SyntaxError)) throw error;
    return {};
  }
}

/** ratd refuses a report whose result is larger, and with it the end of the run. */
const MAX_RESULT_JSON = 256 * 1024;
const MAX_ERROR = 4096;

/** Reads what services/runner writes (`SqlOutcome` there). A preview that does not fit is left out. */
export function parseResult(text: string): Pick<RunReport, "result" | "rowsWritten" | "error"> {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) return {};
  const { error, result } = value;
  if (typeof error === "string") return { error: error.slice(0, MAX_ERROR) };
  if (!isObject(result)) return {};
  const { rows_written: rows } = result;
  return {
    ...(typeof rows === "number" && Number.isSafeInteger(rows) && { rowsWritten: BigInt(rows) }),
    ...(JSON.stringify(result).length <= MAX_RESULT_JSON && { result }),
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
