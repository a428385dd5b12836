// One query, confined to the folder of its namespace, in a process of its own:
//   node sql-job.ts --job job.json --result result.json   reads a job, leaves a result, exits with 0 or 1
//   node sql-job.ts --wait                                 loads the engine, then takes one job from standard input
import { once } from "node:events";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { DuckDBInstance } from "@duckdb/node-api";
import { parseSqlJob, type SqlOutcome } from "@rat/executor-kit/sql-job";
import { becomeUser } from "./become-user.ts";
import { reasonOf } from "./reason.ts";
import { runSqlJob } from "./run-sql-job.ts";

/** The longest error, in characters; the whole text is in the output. */
const MAX_ERROR = 2000;

/** Reads a job, runs it, leaves its outcome in a file or what is open by that number. Answers the exit code. */
async function work(instance: DuckDBInstance, text: string, resultFile: string | number): Promise<number> {
  const outcome = await attempt(instance, text);
  writeFileSync(resultFile, JSON.stringify(outcome));
  return outcome.error === undefined ? 0 : 1;
}

async function attempt(instance: DuckDBInstance, text: string): Promise<SqlOutcome> {
  try {
    return await runSqlJob(instance, parseSqlJob(JSON.parse(text), process.env), (line) => console.log(line));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(message);
    return { error: reasonOf(message).slice(0, MAX_ERROR) };
  }
}

async function wait(): Promise<number> {
  const instance = await DuckDBInstance.create(":memory:");
  // Loads what the first query needs, before it comes.
  const connection = await instance.connect();
  await connection.run("SELECT 1");
  connection.closeSync();
  const lines = createInterface({ input: process.stdin });
  // The pipe closes when the runner is gone, however it went: a query must not outlive it.
  lines.once("close", () => process.exit(1));
  const [line]: unknown[] = await once(lines, "line");
  const { job, endFile, cwd, uid, gid } = JSON.parse(String(line));
  process.umask(0o007);
  process.chdir(cwd);
  // The run's user cannot write there.
  const end = openSync(endFile, "w", 0o600);
  becomeUser(uid, gid);
  return work(instance, JSON.stringify(job), end);
}

const [first, jobFile, second, resultFile] = process.argv.slice(2);
if (first === "--wait") process.exit(await wait());
if (first !== "--job" || second !== "--result" || jobFile === undefined || resultFile === undefined) {
  console.error("use: node sql-job.ts --job job.json --result result.json");
  process.exit(2);
}
process.exit(await work(await DuckDBInstance.create(":memory:"), readFileSync(jobFile, "utf8"), resultFile));
