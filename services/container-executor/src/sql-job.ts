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
    return file === undefined ? {} : parseResult(JSON.parse(file.toString("utf8")));
  } catch (error) {
    if (EngineError.from(error).code === "unreachable" && !(error instanceof SyntaxError)) throw error;
    return {};
  }
}

function parseResult(value: unknown): Pick<RunReport, "result" | "rowsWritten"> {
  return value === null ? {} : {};
}
