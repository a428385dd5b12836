import validators from "@fastify/ajv-compiler";
import fastify from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { AJV_OPTIONS } from "./app.ts";
import { lazyValidators } from "./lazy-validators.ts";
import { silentApp } from "./openapi.ts";

/** What a route may check. */
const PARTS = ["params", "querystring", "body", "headers"] as const;

// A start compiles none of them, so it would not find one that is broken.
test("the schemas of all requests can be compiled", async () => {
  const schemas: { readonly route: string; readonly schema: object }[] = [];
  const app = await silentApp((app) => {
    app.addHook("onRoute", ({ method, url, schema = {} }) => {
      for (const part of PARTS) {
        const found = schema[part];
        if (typeof found === "object" && found !== null)
          schemas.push({ route: `${String(method)} ${url}`, schema: found });
      }
    });
    return Promise.resolve();
  });
  onTestFinished(() => app.close());
  const shared = app.getSchemas() as Parameters<ReturnType<typeof validators>>[0];
  const compile = validators()(shared, { customOptions: AJV_OPTIONS });
  const broken = schemas.flatMap(({ route, schema }) => {
    try {
      compile({ schema });
      return [];
    } catch (error) {
      return [`${route}: ${String(error)}`];
    }
  });
  expect(schemas.length).toBeGreaterThan(50);
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
