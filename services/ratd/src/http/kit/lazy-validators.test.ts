import validators from "@fastify/ajv-compiler";
import fastify from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { AJV_OPTIONS } from "../app.ts";
import { ROUTES } from "../routes.ts";
import { schemas } from "../schemas.ts";
import { lazyValidators } from "./lazy-validators.ts";

/** What a route may check. */
const PARTS = ["params", "querystring", "body", "headers"] as const;

// A start compiles none of them, so it would not find one that is broken.
test("the schemas of all requests can be compiled", () => {
  const found = ROUTES.flatMap(({ method, url, schema }) =>
    PARTS.flatMap((part) => {
      const checked = schema[part];
      return typeof checked === "object" && checked !== null
        ? [{ route: `${method} ${url}`, schema: checked }]
        : [];
    }),
  );
  const shared = { ...schemas } as unknown as Parameters<ReturnType<typeof validators>>[0];
  const compile = validators()(shared, { customOptions: AJV_OPTIONS });
  const broken = found.flatMap(({ route, schema }) => {
    try {
      compile({ schema });
      return [];
    } catch (error) {
      return [`${route}: ${String(error)}`];
    }
  });
  expect(found.length).toBeGreaterThan(50);
  expect(broken).toEqual([]);
});

test("check as those do that are compiled at once", async () => {
  const app = fastify({
    schemaController: { compilersFactory: { buildValidator: lazyValidators() } },
    ajv: { customOptions: AJV_OPTIONS },
  });
  onTestFinished(() => app.close());
  const body = {
    type: "object",
    required: ["name"],
    properties: { name: { type: "string" }, count: { type: "integer", default: 3 } },
    additionalProperties: false,
  };
  app.post("/", { schema: { body } }, (request) => request.body);
  const send = async (payload: object) => {
    const { statusCode, body: text } = await app.inject({ method: "POST", url: "/", payload });
    return { status: statusCode, ...(JSON.parse(text) as object) };
  };
  expect(await send({ name: 1 })).toMatchObject({ status: 400, message: "body/name must be string" });
  expect(await send({ name: "a", other: true })).toEqual({ status: 200, name: "a", count: 3 });
  expect(await send({})).toMatchObject({ status: 400, message: expect.stringContaining("name") });
});
