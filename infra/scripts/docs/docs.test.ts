import { describe, expect, test } from "vitest";
import { apiTypes } from "./api-types.ts";
import { markdownTable } from "./generator.ts";
import { typeOf } from "./json-schema-types.ts";

describe("the type of a JSON Schema", () => {
  test.each([
    [{ type: "string" }, "string"],
    [{ type: "integer", minimum: 0 }, "number"],
    [{ type: ["string", "null"] }, "string | null"],
    [{ type: "string", nullable: true }, "string | null"],
    [{ enum: ["noop", "deny"] }, '"noop" | "deny"'],
    [{ anyOf: [{ const: "a" }, { const: "b" }, { type: "null" }] }, '"a" | "b" | null'],
    [{ type: "array", items: { enum: [1, 2] } }, "readonly (1 | 2)[]"],
    [{ type: "object", additionalProperties: { type: "string" } }, "Readonly<Record<string, string>>"],
    [{ $ref: "#/components/schemas/plugin-detail" }, "PluginDetail"],
    [{ not: {} }, "unknown"],
  ])("%j is %s", (schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });

  test("an object marks what may be absent", () => {
    const schema = { properties: { a: { type: "string" }, b: { type: "null" } }, required: ["a"] };
    expect(typeOf(schema)).toBe('{\nreadonly "a": string;\nreadonly "b"?: null;\n}');
  });
});

test("a route without a JSON answer answers undefined, and no key is required of it", async () => {
  const document = { paths: { "/things/{id}": { delete: { responses: { 204: {}, 404: {} } } } } };
  const source = await apiTypes(document);
  expect(source).toContain('readonly "DELETE /things/{id}": {');
  expect(source).toContain("readonly answer: undefined;");
  expect(source).toContain('"DELETE /things/{id}": []');
});

test("only success answers count, and their required keys are kept for the client's check", async () => {
  const json = (keys: readonly string[]) => ({
    content: { "application/json": { schema: { required: keys } } },
  });
  const document = { paths: { "/a": { get: { responses: { 200: json(["ok"]), 503: json(["code"]) } } } } };
  expect(await apiTypes(document)).toContain('"GET /a": ["ok"]');
});

test("a pipe in a cell does not end the cell", () => {
  expect(markdownTable(["a"], [["x|y\nz"]])).toBe("| a |\n| --- |\n| x\\|y z |");
});
