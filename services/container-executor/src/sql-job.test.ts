import { expect, test } from "vitest";
import { parseResult } from "./sql-job.ts";

test("reads what a SQL job left", () => {
  const result = { columns: ["a"], rows: [[1]] };
  expect(parseResult(JSON.stringify({ rows_written: 3, result }))).toEqual({ rowsWritten: 3n, result });
  expect(parseResult("{}")).toEqual({});
});

test("leaves out what ratd would refuse", () => {
  const result = { rows: ["x".repeat(300_000)] };
  expect(parseResult(JSON.stringify({ rows_written: 1.5, result }))).toEqual({});
  expect(parseResult('{"result": [1], "rows_written": "3"}')).toEqual({});
  expect(parseResult("null")).toEqual({});
});
