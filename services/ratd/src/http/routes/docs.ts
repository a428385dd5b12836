import { createHash } from "node:crypto";
import type { App } from "../deps.ts";
import type { OpenApiDocument } from "../docs-page.ts";

/** /openapi.json and /docs: the API for programs and for people. Made when first asked for: few starts need them. */
export function docsRoutes(app: App): void {
  const config = { open: true };
  let made: Promise<OpenApiDocument> | undefined;
  const document = () => (made ??= makeDocument());

  app.get("/openapi.json", { config, schema: { hide: true } }, () => document());
  app.get("/docs", { config, schema: { hide: true } }, async (_request, reply) => {
    const { DOCS_STYLE, renderDocs } = await import("../docs-page.ts");
    const styleHash = createHash("sha256").update(DOCS_STYLE).digest("base64");
    return reply
      .type("text/html; charset=utf-8")
      .header(
        "content-security-policy",
        `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'`,
      )
      .send(renderDocs(await document()));
  });
}

async function makeDocument(): Promise<OpenApiDocument> {
  const { openApiDocument } = await import("../openapi.ts");
  // Made in this very process, by the library that defines its form.
  return (await openApiDocument()) as OpenApiDocument;
}
