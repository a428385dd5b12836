import { createHash } from "node:crypto";
import type { App } from "../deps.ts";
import { DOCS_STYLE, renderDocs, type OpenApiDocument } from "../docs-page.ts";

/** /openapi.json and /docs: the API for programs and for people. */
export function docsRoutes(app: App): void {
  const config = { open: true };
  const styleHash = createHash("sha256").update(DOCS_STYLE).digest("base64");

  app.get("/openapi.json", { config, schema: { hide: true } }, () => app.swagger());
  app.get("/docs", { config, schema: { hide: true } }, (_request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .header(
        "content-security-policy",
        `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'`,
      )
      // Made by @fastify/swagger in this very process.
      .send(renderDocs(app.swagger() as OpenApiDocument)),
  );
}
