import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { RunStatus } from "@rat/contracts/common";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RunnerProcess } from "../support/runner-process.ts";

let runner: RunnerProcess;
let folder: string;
let files: Server;
let host: string;
const contents: Readonly<Record<string, Buffer>> = {
  "/latin": Buffer.from("id,name\n1,Zo\u00eb\n", "latin1"),
  "/marked": Buffer.from("\uFEFFid,name\n1,Zo\u00eb\n", "utf16le"),
  "/unmarked": Buffer.from("id,name\n1,Zo\u00eb\n", "utf16le"),
  "/turned": Buffer.from("\uFEFFid,name\n1,Zo\u00eb\n", "utf16le").swap16(),
  "/latin.json": Buffer.from('{"id": 1, "name": "Zo\u00eb"}', "latin1"),
};

beforeAll(async () => {
  files = createServer((request, response) => response.end(contents[request.url ?? ""]));
  await new Promise<void>((done) => files.listen(0, "127.0.0.1", done));
  host = `127.0.0.1:${(files.address() as AddressInfo).port}`;
  // Far from UTC: what a query answers must not depend on it.
  runner = await RunnerProcess.start({
    env: {
      RAT_RUNNER_PLACES: "16",
      TZ: "America/New_York",
      RAT_RUNNER_SOURCE_HOSTS: host,
      RAT_RUNNER_SOURCE_HTTP: "1",
    },
  });
  folder = join(runner.workspace, "sales");
  mkdirSync(folder, { recursive: true });
});
afterAll(async () => {
  files.close();
  await runner[Symbol.asyncDispose]();
});

/** Puts a file into the namespace that runs may read, whatever the umask. */
function put(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
  chmodSync(join(folder, name), 0o644);
}

let names = 0;
async function run(sql: string, spec: JsonObject = {}) {
  const id = `exact-${process.pid}-${(names += 1)}.1`;
  await runner.sql(id, sql, spec);
  return { id, ...(await runner.end(id)) };
}

async function rowsOf(sql: string, spec: JsonObject = {}) {
  const { error, status, result } = await run(sql, spec);
  expect(error).toBe("");
  expect(status).toBe(RunStatus.SUCCESS);
  return result?.rows;
}

test("every type of the engine is exact in file and preview, or refused with the column and a cast that works", async () => {
  const casts = new Map<string, string>();
  const query = () => {
    const replaced = [...casts].map(([name, cast]) => `${cast} AS ${name}`).join(", ");
    return `SELECT *${replaced === "" ? "" : ` REPLACE (${replaced})`} FROM test_all_types()`;
  };
  let { error, result } = await run(query());
  // Each refusal names one column or more, so that this ends.
  while (error !== "") {
    const named = [...error.matchAll(/column ("\w+"): .*? use (CAST\(.*? AS [A-Z]+\))/g)];
    for (const [, name = "", cast = ""] of named) {
      expect(casts.has(name)).toBe(false);
      casts.set(name, cast);
    }
    expect([named.length > 0, error]).toEqual([true, error]);
    ({ error, result } = await run(query()));
  }
  const meant = await rowsOf(`SELECT COLUMNS(*)::VARCHAR FROM (${query()})`);
  await run(query());
  expect(await rowsOf("SELECT COLUMNS(*)::VARCHAR FROM gold.out")).toEqual(meant);
  expect([...casts.keys()].toSorted()).toEqual(
    ["bignum", "bit", "geometry", "hugeint", "interval", "time_tz", "uhugeint", "union"].map(
      (name) => `"${name}"`,
    ),
  );
  const columns = (result?.columns ?? []) as { name: string; type: string }[];
  expect(columns.length).toBeGreaterThan(50);
  // What JSON cannot hold is shown as the engine's text.
  const TEXTS = /^(U?BIGINT|DATE|TIME[^[]*|DECIMAL[^[]*|UUID|BLOB|VARCHAR)$/;
  for (const [at, { name, type }] of columns.entries()) {
    if (!TEXTS.test(type)) continue;
    const shown = (rows: unknown) => [name, (rows as unknown[][]).map((row) => row[at])];
    expect(shown(result?.rows)).toEqual(shown(meant));
  }
});

describe("sums of whole numbers", () => {
  test("are exact beyond what a float can hold", async () => {
    const { result } = await run("SELECT sum(n) AS total FROM (VALUES (9007199254740993::BIGINT), (0)) t(n)");
    expect(result).toMatchObject({
      columns: [{ name: "total", type: "DECIMAL(38,0)" }],
      rows: [["9007199254740993"]],
    });
    expect(await rowsOf("SELECT total + 1 FROM gold.out")).toEqual([["9007199254740994"]]);
  });

  test("may have names that are the same, or hold quotes", async () => {
    const { result } = await run(`SELECT sum(1) AS "a'""b", 2 AS c, sum(3) AS c, NULL::HUGEINT AS d`);
    expect(result?.rows).toEqual([["1", 2, "3", null]]);
    expect(result?.columns).toMatchObject([{ name: `a'"b` }, { name: "c" }, { name: "c_1" }, { name: "d" }]);
  });

  test("that no decimal holds fail the run, which names the column", async () => {
    for (const value of ["170141183460469231731687303715884105727", "(2::UHUGEINT ** 127)::UHUGEINT"]) {
      const { error } = await run(`SELECT ${value} AS "big"`);
      expect(error).toContain('column "big": a value of type');
      expect(error).toContain('CAST("big" AS VARCHAR)');
    }
  });

  test("inside of lists and structs are refused by name", async () => {
    const { error } = await run(`SELECT {'a': [sum(1)], 'b "q"': map {'k': INTERVAL 1 DAY}} AS nested`);
    const type = `STRUCT("a" DECIMAL(38, 0)[], "b ""q""" MAP(VARCHAR, VARCHAR))`;
    expect(error).toContain(`CAST("nested" AS ${type})`);
    const value = `{'a': [sum(1)], 'b "q"': map {'k': INTERVAL 1 DAY}}`;
    expect(await rowsOf(`SELECT CAST(${value} AS ${type}) AS nested`)).toEqual([
      [{ a: ["1"], 'b "q"': [{ key: "k", value: "1 day" }] }],
    ]);
    expect((await run("SELECT row(1, 2) AS pair")).error).toContain(
      'CAST("pair" AS STRUCT("field1" INTEGER, "field2" INTEGER))',
    );
  });
});

test.each([
  ["DATE 'infinity'", "infinity"],
  ["DATE '0044-03-15 (BC)'", "0044-03-15 (BC)"],
  ["DATE '99999-01-01'", "99999-01-01"],
  ["'infinity'::TIMESTAMP_S", "infinity"],
  ["'-infinity'::TIMESTAMP_NS", "-infinity"],
  ["'2024-01-01 00:00:00.123456789'::TIMESTAMP_NS", "2024-01-01 00:00:00.123456789"],
  ["'12:00:00.123456789'::TIME_NS", "12:00:00.123456789"],
  ["[DATE '-infinity']", ["-infinity"]],
  [String.raw`'\x00\x5C"'::BLOB`, String.raw`\x00\x5C\x22`],
  ["18446744073709551615::UBIGINT", "18446744073709551615"],
  ["{'n': 9007199254740993}", { n: "9007199254740993" }],
  ["'nan'::DOUBLE", "NaN"],
  ["0.1::DECIMAL(38, 20)", "0.10000000000000000000"],
  ["'b'::ENUM('a', 'b')", "b"],
  ["'{\"n\": 1.0}'::JSON", '{"n": 1.0}'],
])("the preview shows %s as it is", async (value, shown) => {
  expect(await rowsOf(`SELECT ${value}`)).toEqual([[shown]]);
  expect(await rowsOf("SELECT * FROM gold.out")).toEqual([[shown]]);
});

describe("the time zone", () => {
  const sql =
    "SELECT current_setting('TimeZone'), date_trunc('day', TIMESTAMPTZ '2024-03-31 20:30:00+00'), " +
    "[TIMESTAMPTZ '2024-03-31 20:30:00+00'], TIMESTAMPTZ '2024-03-31 20:30:00+00'::DATE::VARCHAR";

  test("is UTC, whatever that of the process", async () => {
    expect(await rowsOf(sql)).toEqual([
      ["UTC", "2024-03-31 00:00:00+00", ["2024-03-31 20:30:00+00"], "2024-03-31"],
    ]);
  });

  test("is the one of the spec", async () => {
    expect(await rowsOf(sql, { time_zone: "Asia/Tokyo" })).toEqual([
      ["Asia/Tokyo", "2024-04-01 00:00:00+09", ["2024-04-01 05:30:00+09"], "2024-04-01"],
    ]);
  });

  test.each(["Mars/Base", "+02:00", "", 7])("cannot be %j", async (zone) => {
    await expect(run("SELECT 1", { time_zone: zone })).rejects.toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: "spec.time_zone: must be a time zone such as Europe/Berlin or UTC",
    });
  });
});

test.each([
  ["DESCRIBE SELECT 1 AS a", [["a", "INTEGER", "YES", null, null, null]]],
  ["SHOW TABLES", []],
  ["CREATE TEMP TABLE t AS SELECT 7 AS n; FROM t", [[7]]],
  ["CREATE TEMP TABLE t AS SELECT 7 AS n; TABLE t", [[7]]],
  ["VALUES (1, 'a')", [[1, "a"]]],
  ["WITH t AS (SELECT 1 AS n) FROM t", [[1]]],
  ["WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 3) FROM t", [[1], [2], [3]]],
  ["PIVOT (SELECT 'x' AS name, 5 AS n) ON name USING sum(n)", [["5"]]],
  ["/* first */ PIVOT (SELECT 'x' AS name, 5 AS n) ON name IN ('x') USING max(n)", [[5]]],
  ["SET VARIABLE n = 3; SELECT getvariable('n')", [[3]]],
  ["CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 1 AS n; USE s; FROM t", [[1]]],
  ["CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 1 AS n; SET search_path = 's'; FROM t", [[1]]],
  ["\uFEFFSELECT 1 -- the end", [[1]]],
  ["SELECT n FROM range(200000) t(n) ORDER BY n DESC LIMIT 2", [["199999"], ["199998"]]],
])("takes %s", async (sql, rows) => expect(await rowsOf(sql)).toEqual(rows));

test("SUMMARIZE is a query like others", async () => {
  const rows = await rowsOf("SUMMARIZE SELECT 4 AS n");
  expect(rows).toEqual([["n", "INTEGER", "4", "4", "1", "4.0", null, "4", "4", "4", "1", "0.00"]]);
});

test.each([
  [
    "SET TimeZone = 'Europe/Berlin'; SELECT now()",
    "SET TIMEZONE is not allowed: the settings of the engine are",
  ],
  ["set /* x */ threads = 1; SELECT 1", "SET THREADS is not allowed"],
  ["SET GLOBAL memory_limit = '1GB'; SELECT 1", "SET GLOBAL"],
  ["RESET TimeZone; SELECT 1", "RESET TIMEZONE is not allowed"],
  ["PRAGMA threads = 1; SELECT 1", "PRAGMA THREADS is not allowed"],
  ["PRAGMA enable_profiling; SELECT 1", "PRAGMA is not allowed before the query"],
  ["PRAGMA show_tables", "PRAGMA is not allowed as the last statement"],
  ["EXPLAIN SELECT 1", "EXPLAIN is not allowed as the last statement"],
  ["CALL range(3)", "CALL is not allowed as the last statement"],
  ["BEGIN; SELECT 1", "BEGIN is not allowed before the query"],
  [
    "CREATE TABLE t (n INT)",
    "CREATE is not allowed as the last statement; the last statement must be a query",
  ],
  ["CREATE TABLE t (n INT); INSERT INTO t VALUES (1) RETURNING n", "INSERT is not allowed as the last"],
  ["-- nothing", "The SQL holds no statement"],
  ["SELECT $name", "The query has the parameter name, to which nobody gives a value"],
])("refuses %s by name", async (sql, reason) => {
  const { status, error } = await run(sql);
  expect(status).toBe(RunStatus.FAILED);
  expect(error).toContain(reason);
});

test.each([
  ["latin.csv", Buffer.from("id,name\n1,Zo\u00eb\n", "latin1"), "latin-1"],
  ["wide.csv", Buffer.from("\uFEFFid,name\n1,Zo\u00eb\n", "utf16le"), "utf-16"],
])("a CSV file that is not UTF-8 is refused with the way to read it: %s", async (name, content, encoding) => {
  put(name, content);
  const { error } = await run(`SELECT name FROM read_csv('${name}')`);
  expect(error).toContain(`${name} is not UTF-8`);
  expect(error).toContain("read_csv('…', encoding = 'latin-1')");
  expect(await rowsOf(`SELECT name FROM read_csv('${name}', encoding = '${encoding}')`)).toEqual([
    ["Zo\u00eb"],
  ]);
});

test.each([
  ["latin.json", Buffer.from('{"name": "Zo\u00eb"}', "latin1")],
  ["wide.json", Buffer.from('\uFEFF{"name": "Zoe"}', "utf16le")],
])("a JSON file that is not UTF-8 is refused: %s", async (name, content) => {
  put(name, content);
  expect((await run(`SELECT name FROM read_json('${name}')`)).error).toContain(`${name} is not UTF-8`);
});

describe("a source", () => {
  const from = async (path: string, more: JsonObject = {}) => {
    const url = `http://${host}${path}`;
    return run("SELECT name FROM people", { sources: [{ name: "people", url, format: "csv", ...more }] });
  };
  test.each([
    ["/latin", "latin-1"],
    ["/marked", "utf-16"],
    ["/unmarked", "utf-16"],
  ])("%s is read with the encoding %s, and refused without", async (path, encoding) => {
    expect((await from(path, { encoding })).result?.rows).toEqual([["Zo\u00eb"]]);
    const { status, error } = await from(path);
    expect(status).toBe(RunStatus.FAILED);
    expect(error).toContain("source people");
    expect(error).toMatch(new RegExp(`the encoding .*${encoding}`));
  });

  test("is refused where it cannot be read", async () => {
    expect((await from("/turned", { encoding: "utf-16" })).error).toContain("store it as UTF-8");
    expect((await from("/latin.json", { format: "json" })).error).toContain("source people is not UTF-8");
    await expect(from("/latin", { encoding: "ebcdic" })).rejects.toThrow(
      "must be one of utf-8, utf-16, latin-1",
    );
    await expect(from("/x", { format: "json", encoding: "utf-8" })).rejects.toThrow(
      "goes only with format csv",
    );
  });
});

test("a mark at the begin of a file is left out, and a NUL is kept", async () => {
  put("mark.csv", "\uFEFFid,name\n1,a\0b\n");
  put("mark.json", '\uFEFF{"name": "a"}');
  expect(await rowsOf("SELECT id, length(name) FROM read_csv('mark.csv')")).toEqual([["1", "3"]]);
  expect(await rowsOf("SELECT name FROM read_json('mark.json')")).toEqual([["a"]]);
});
