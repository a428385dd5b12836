import swagger from "@fastify/swagger";
import fastify from "fastify";
import { VERSION } from "../version.ts";
import type { OpenApiDocument } from "./docs/docs-page.ts";
import { byBody, type Route } from "./kit/route.ts";
import { schemas } from "./schemas.ts";

/** The OpenAPI document of a table of routes. */
export async function openApiDocument(routes: readonly Route[]): Promise<OpenApiDocument> {
  // It never listens, and checks and writes nothing: the library reads tables as an app has them.
  const app = fastify();
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => () => "");
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "RAT", version: VERSION, description: "The HTTP API of ratd." },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
      security: [{ bearer: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json.$id === "string" ? json.$id : `shape-${index}`,
    },
  });
  for (const schema of Object.values(schemas)) app.addSchema(schema);
  for (const [, group] of byBody(routes)) {
    for (const { method, url, schema } of group) app.route({ method, url, schema, handler: () => undefined });
  }
  await app.ready();
  try {
    return app.swagger() as OpenApiDocument;
  } finally {
    await app.close();
  }
}
