import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type TestRatd } from "../support/test-ratd.ts";

let database: TestDatabase;
let ratd: TestRatd;

beforeAll(async () => {
  database = await createTestDatabase();
  ratd = await startTestRatd(database.connectionString);
});
afterAll(async () => {
  await ratd[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`key${at}`, at]));
const pipeline = { layer: "bronze", name: "p", kind: "command" };

it.each([
  ["a namespace", "/api/v1/namespaces", keys(9000)],
  ["a spec", "/api/v1/pipelines", { ...pipeline, spec: { argv: ["true"], ...keys(9000) } }],
  [
    "the environment of a spec",
    "/api/v1/pipelines",
    { ...pipeline, spec: { argv: ["true"], env: keys(9000) } },
  ],
  ["a trigger", "/api/v1/pipelines/default/bronze/p/triggers", { kind: "cron", config: keys(9000) }],
])("names the first twenty of many faults of %s, and counts the others", async (_, path, body) => {
  const { status, json, text } = await ratd.operate(path, { body });
  expect(status).toBe(422);
  expect(json["violations"]).toHaveLength(20);
  expect(json["more_violations"]).toBeGreaterThanOrEqual(8980);
  expect(text.length).toBeLessThan(16_384);
});

it.each([
  ["60,000 keys", JSON.stringify(keys(60_000)), "more than 20000 members"],
  [
    "arrays in arrays",
    `{"layer":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
    "nested deeper than 64 levels",
  ],
])("refuses %s before it looks at them", async (_, body, reason) => {
  for (const path of ["/api/v1/namespaces", "/api/v1/pipelines", "/api/v1/runs"]) {
    const answer = await fetch(`${ratd.url}${path}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", "idempotency-key": "k" },
    });
    const problem = (await answer.json()) as { detail: string };
    expect(answer.status, path).toBe(400);
    expect(problem.detail).toContain(reason);
  }
});
