import type { JsonObject, RunReport } from "@rat/plugin-sdk";
import type { DockerEngine } from "./docker-engine.ts";
import { EngineError } from "./engine-error.ts";
import { firstFileOf, type TarEntry } from "./tar.ts";

/** Where the SQL job finds its order and leaves its result. */
export const JOB_FOLDER = "/job";

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

/** What goes into {@link JOB_FOLDER} before the start: the job, and a folder for the result. */
export function jobEntries(job: JsonObject, owner: readonly [number, number]): readonly TarEntry[] {
  return [
    { path: "job.json", content: Buffer.from(JSON.stringify(job)), mode: 0o444, owner },
    { path: "out/", mode: 0o700, owner },
  ];
}

/** What a SQL job left when it ended well. */
export async function readSqlResult(
  engine: DockerEngine,
  containerId: string,
): Promise<Pick<RunReport, "result" | "rowsWritten">> {
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

/** Reads `{"rows_written": 3, "result": {…}}`. What does not fit is left out: the run has ended well all the same. */
export function parseResult(text: string): Pick<RunReport, "result" | "rowsWritten"> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) return {};
  const { rows_written: rows, result } = value as Readonly<Record<string, unknown>>;
  return {
    ...(Number.isSafeInteger(rows) && { rowsWritten: BigInt(Number(rows)) }),
    ...(isObject(result) && JSON.stringify(result).length <= MAX_RESULT_JSON && { result }),
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
