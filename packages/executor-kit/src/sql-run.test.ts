import { expect, test } from "vitest";
import { parseResult, sqlJobOf } from "./sql-run.ts";

test("tells a job what it may take of its container", () => {
  const limits = { memory_mb: 1000, cpus: 1.5, pids: 8, disk_mb: 8 };
  const order = { runId: "a.1", layer: "gold", pipeline: "orders", limits, folder: "/workspace" };
  expect(
    sqlJobOf({
      ...order,
      spec: { sql: "select 1", preview_rows: 3, time_zone: "Asia/Tokyo", limits: { threads: 64 } },
    }),
  ).toEqual({
    sql: "select 1",
    sources: [],
    namespace_folder: "/workspace",
    temp_folder: "/tmp",
    temp_mb: 4,
    temporary: expect.stringMatching(/^\.orders\.[0-9a-f]{16}\.tmp$/),
    layer: "gold",
    pipeline: "orders",
    preview_rows: 3,
    time_zone: "Asia/Tokyo",
    memory_mb: 600,
    threads: 2,
  });
  expect(sqlJobOf({ ...order, spec: { sql: "select 1" } })).toMatchObject({
    preview_rows: 50,
    time_zone: "UTC",
    threads: 2,
  });
  expect(() => sqlJobOf({ ...order, spec: { sql: "select 1", time_zone: "Mars/Base" } })).toThrow(
    "spec.time_zone: must be a time zone such as Europe/Berlin or UTC",
  );
});

test("reads what a job left", () => {
  const result = { path: "gold/orders.parquet", rows_written: 3, columns: [], rows: [[1]], truncated: true };
  expect(parseResult(JSON.stringify({ result }))).toEqual({ rowsWritten: 3n, result });
  expect(parseResult('{"error": "no such table"}')).toEqual({ error: "no such table" });
  expect(parseResult("null")).toEqual({});
});

test("leaves out what ratd would refuse", () => {
  expect(parseResult(JSON.stringify({ result: { rows_written: 1.5, rows: ["x".repeat(300_000)] } }))).toEqual(
    {},
  );
});
