import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { Layer, RunStatus } from "@rat/contracts/common";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RunnerProcess } from "../support/runner-process.ts";

const SQL_JOB = resolve(import.meta.dirname, "../../services/runner/src/sql/sql-job.ts");

let runner: RunnerProcess;
let files: Server;
let host: string;
let folder: string;

beforeAll(async () => {
  files = createServer((request, response) => {
    if (request.url === "/moved.csv") return response.writeHead(302, { location: "/data.csv" }).end();
    if (request.url === "/big.csv") return response.end("x\n".repeat(100_000));
    return response.end("id,name\n1,a\n2,b\n");
  });
  await new Promise<void>((done) => files.listen(0, "127.0.0.1", done));
  host = `127.0.0.1:${(files.address() as AddressInfo).port}`;
  runner = await RunnerProcess.start({
    env: {
      RAT_RUNNER_PLACES: "16",
      RAT_RUNNER_SOURCE_HOSTS: `${host}, example.invalid`,
      RAT_RUNNER_SOURCE_HTTP: "1",
      RAT_RUNNER_SOURCE_LIMIT_BYTES: "100000",
    },
  });
  folder = join(runner.workspace, "sales");
  const secret = join(runner.workspace, "private");
  for (const path of [join(folder, "bronze"), secret]) mkdirSync(path, { recursive: true });
  writeFileSync(join(folder, "orders.csv"), "id,price\n1,2.5\n2,4.5\n");
  for (const format of ["csv", "json", "parquet"]) writeFileSync(join(secret, `s.${format}`), "a,b\n1,2\n");
  symlinkSync(join(secret, "s.csv"), join(folder, "link.csv"));
  symlinkSync(secret, join(folder, "linked"));
});
afterAll(async () => {
  files.close();
  await runner[Symbol.asyncDispose]();
});

let names = 0;
const fresh = (): string => `sql-${process.pid}-${(names += 1)}.1`;

async function run(sql: string, spec: JsonObject = {}) {
  const id = fresh();
  await runner.sql(id, sql, spec);
  return { id, ...(await runner.end(id)) };
}

test("a query writes a file of its layer, and answers rows and columns", async () => {
  const { status, rowsWritten, result, id, error } = await run(
    "-- prices;\nCREATE TEMP TABLE t AS SELECT * FROM 'orders.csv';\nSELECT sum(price) AS total, 'a;b' AS \"x;\" FROM t; -- end;",
  );
  expect(error).toBe("");
  expect(status).toBe(RunStatus.SUCCESS);
  expect(rowsWritten).toBe(1n);
  expect(result).toEqual({
    path: "gold/out.parquet",
    rows_written: 1,
    columns: [
      { name: "total", type: "DOUBLE" },
      { name: "x;", type: "VARCHAR" },
    ],
    rows: [[7, "a;b"]],
    truncated: false,
  });
  expect((await runner.output(id)).join("\n")).toMatch(/1 rows written to gold\/out\.parquet/);
  expect(readdirSync(join(folder, "gold"))).toEqual(["out.parquet"]);
});

test("tables of the layers are there by name, also the one that the run replaces", async () => {
  await run("SELECT 41 AS n");
  const { result, error } = await run("SELECT n + 1 AS n FROM gold.out");
  expect(error).toBe("");
  expect(result?.rows).toEqual([[42]]);
});

test("a file that is broken fails only queries that read it", async () => {
  writeFileSync(join(folder, "bronze", "broken.parquet"), "no parquet");
  expect((await run("SELECT 1 AS one")).status).toBe(RunStatus.SUCCESS);
  expect((await run("SELECT * FROM bronze.broken")).status).toBe(RunStatus.FAILED);
});

test("the preview is bounded in rows and bytes", async () => {
  const { result } = await run("SELECT * FROM range(1000)", { preview_rows: 3 });
  expect(result).toMatchObject({ rows: [["0"], ["1"], ["2"]], truncated: true, rows_written: 1000 });
  const wide = await run("SELECT repeat('x', 100000) FROM range(3)");
  expect(wide.rowsWritten).toBe(3n);
  expect(JSON.stringify(wide.result).length).toBeLessThan(140_000);
  const columns = Array.from({ length: 3000 }, (_, at) => `1 AS ${"c".repeat(50)}${at}`);
  const many = await run(`SELECT ${columns.join(", ")}`);
  expect(many.result).toMatchObject({ rows: [], truncated: true });
  expect(JSON.stringify(many.result).length).toBeLessThan(70_000);
});

test("an error of the engine is the run's, and the file stays as it was", async () => {
  await run("SELECT 1 AS kept");
  const { status, error, id } = await run("SELECT error('no: ' || range) FROM range(3)");
  expect(status).toBe(RunStatus.FAILED);
  expect(error).toContain("no: 0");
  expect((await runner.output(id)).join("\n")).toContain("no: 0");
  expect(readdirSync(join(folder, "gold"))).toEqual(["out.parquet"]);
  expect((await run("SELECT kept FROM gold.out")).result?.rows).toEqual([[1]]);
});

test("sources are fetched and shown by name", async () => {
  const sources = [{ name: "people", url: `http://${host}/data.csv`, format: "csv" }];
  const { result, error } = await run("SELECT name FROM people ORDER BY id", { sources });
  expect(error).toBe("");
  expect(result?.rows).toEqual([["a"], ["b"]]);
});

test.each([
  ["a host that is not allowed", "https://example.org/x.csv", "host example.org is not allowed"],
  ["a port that is not allowed", "http://127.0.0.1:1/x.csv", "host 127.0.0.1:1 is not allowed"],
  ["another protocol", "file:///etc/passwd", "file is not allowed"],
  ["credentials in the URL", "http://a:b@HOST/data.csv", "must not hold credentials"],
  ["a redirect", "http://HOST/moved.csv", "answered 302"],
  ["too much", "http://HOST/big.csv", "more than 100000 bytes"],
])("refuses %s as a source", async (_what, url, message) => {
  const sources = [{ name: "x", url: url.replace("HOST", host), format: "csv" }];
  const { status, error } = await run("SELECT * FROM x", { sources });
  expect(status).toBe(RunStatus.FAILED);
  expect(error).toContain(message);
});

test.each([
  "SELECT * FROM read_csv('/etc/passwd')",
  "SELECT * FROM '/etc/passwd'",
  "SELECT * FROM read_text('/etc/passwd')",
  "SELECT * FROM read_blob('/proc/self/environ')",
  "SELECT * FROM read_csv('/dev/stdin')",
  "SELECT * FROM read_csv('file:///etc/passwd')",
  "SELECT * FROM read_csv('../private/s.csv')",
  "SELECT * FROM read_csv('bronze/../../private/s.csv')",
  "SELECT * FROM read_csv('WORKSPACE/private/s.csv')",
  "SELECT * FROM read_json('WORKSPACE/private/s.json')",
  "SELECT * FROM read_parquet('WORKSPACE/private/s.parquet')",
  "SELECT * FROM read_csv('WORKSPACE/*/s.csv')",
  "SELECT * FROM read_csv('link.csv')",
  "SELECT * FROM read_csv('linked/s.csv')",
  "SELECT * FROM glob('WORKSPACE/*')",
  "SELECT * FROM glob('/etc/*')",
  "SELECT * FROM glob('../*')",
  "SELECT * FROM sniff_csv('/etc/passwd')",
  "SELECT * FROM parquet_metadata('WORKSPACE/private/s.parquet')",
  "SELECT * FROM parquet_schema('WORKSPACE/private/s.parquet')",
  "SELECT * FROM read_csv('https://example.com/x.csv')",
  "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
  "SELECT getenv('PATH')",
  "SELECT * FROM query('FROM read_text(''/etc/passwd'')')",
  "SET VARIABLE f = '/etc/passwd'; SELECT * FROM read_text(getvariable('f'))",
  "COPY (SELECT 1) TO 'WORKSPACE/private/x.csv'; SELECT 1",
  "COPY (SELECT 1) TO '/tmp/x.csv'",
  "SELECT 1) TO 'WORKSPACE/private/x.parquet'; --",
  "EXPORT DATABASE 'WORKSPACE/private/x'; SELECT 1",
  "IMPORT DATABASE 'WORKSPACE/private'; SELECT 1",
  "ATTACH 'WORKSPACE/private/x.db'; SELECT 1",
  "ATTACH 'x.db'; SELECT 1",
  "INSTALL httpfs; SELECT 1",
  "LOAD httpfs; SELECT 1",
  "CREATE SECRET s (TYPE s3); SELECT 1",
  "SET enable_external_access = true; SELECT 1",
  "SET allowed_directories = ['/']; SELECT 1",
  "SET memory_limit = '100GB'; SELECT 1",
  "RESET lock_configuration; SELECT 1",
  "PRAGMA threads = 100; SELECT 1",
  "PRAGMA profiling_output = 'WORKSPACE/private/p'; SELECT 1",
  "CALL enable_logging(storage = 'file', storage_path = 'WORKSPACE/private'); SELECT 1",
  "CREATE TABLE t AS SELECT * FROM read_text('/etc/passwd'); SELECT 1",
  "SELECT * FROM enable_logging('QueryLog', storage = 'file', storage_path = 'WORKSPACE/private')",
  "INSERT INTO x VALUES (1)",
  "CREATE TABLE t (a INT)",
  ";;;",
])("refuses %s", async (sql) => {
  const { status, id } = await run(sql.replaceAll("WORKSPACE", runner.workspace));
  expect(status).toBe(RunStatus.FAILED);
  expect((await runner.output(id)).join("\n")).not.toContain("root:");
  expect(readdirSync(join(runner.workspace, "private")).toSorted()).toEqual(["s.csv", "s.json", "s.parquet"]);
});

test("a layer that is a link to elsewhere is refused", async () => {
  const other = join(runner.workspace, "tricky");
  mkdirSync(other, { recursive: true });
  symlinkSync(join(runner.workspace, "private"), join(other, "gold"));
  const id = fresh();
  const where = { namespace: "tricky", layer: Layer.GOLD, pipelineName: "s" };
  await runner.client.submit({ runId: id, epoch: 1n, kind: "sql", ...where, spec: { sql: "SELECT 1" } });
  expect((await runner.end(id)).error).toContain("gold/ is no folder");
  expect(readdirSync(join(runner.workspace, "private")).toSorted()).toEqual(["s.csv", "s.json", "s.parquet"]);
});

test("a query that wants too much memory fails, and one that never ends is cancelled", async () => {
  const hungry = await run("SELECT list(range) FROM range(100000000)", { limits: { memory_mb: 64 } });
  expect(hungry.error).toContain("Out of Memory");
  const id = fresh();
  await runner.sql(id, "SELECT count(*) FROM range(1000000000) a, range(1000000000) b");
  await runner.firstLine(id);
  expect((await runner.client.cancel({ runId: id })).cancelled).toBe(true);
  expect((await runner.end(id)).status).toBe(RunStatus.CANCELLED);
});

test.each([
  ["spec.sql: must not contain NUL", { sql: "SELECT '\0'" }],
  ["spec.sql: must have at most 262144 bytes", { sql: "x".repeat(1024 * 1024) }],
  ["spec.sql: must be a text", {}],
  ["spec.sources[0].url: must be a URL", { sql: "x", sources: [{ name: "a", url: "a b", format: "csv" }] }],
  ["spec.preview_rows: must be a whole number from 0 to 1000", { sql: "x", preview_rows: 1001 }],
])("refuses a query: %s", async (message, spec) => {
  const where = { namespace: "sales", layer: Layer.GOLD, pipelineName: "out" };
  const submit = runner.client.submit({ runId: fresh(), kind: "sql", ...where, spec });
  const rawMessage = expect.stringContaining(message);
  await expect(submit).rejects.toMatchObject({ code: Code.InvalidArgument, rawMessage });
});

test("a job runs by itself, as in a container", () => {
  const job = join(runner.root, "job.json");
  const result = join(runner.root, "result.json");
  const alone = join(runner.root, "alone");
  mkdirSync(alone);
  chmodSync(alone, 0o700);
  const start = (sql: string) => {
    writeFileSync(job, JSON.stringify({ sql, namespace_folder: alone, limits: { memory_mb: 256 } }));
    return spawnSync(process.execPath, [SQL_JOB, "--job", job, "--result", result], {
      encoding: "utf8",
      env: { RAT_LAYER: "silver", RAT_PIPELINE: "p", TMPDIR: runner.root },
    });
  };
  const good = start("SELECT 1 AS one");
  expect(good.status).toBe(0);
  expect(good.stdout).toContain("1 rows written to silver/p.parquet");
  expect(JSON.parse(readFileSync(result, "utf8"))).toMatchObject({ result: { rows: [[1]] } });
  expect(existsSync(join(alone, "silver/p.parquet"))).toBe(true);
  const bad = start("SELECT nothing");
  expect(bad.status).toBe(1);
  expect(bad.stderr).toContain("nothing");
  expect(JSON.parse(readFileSync(result, "utf8"))).toMatchObject({
    error: expect.stringContaining("nothing"),
  });
});
