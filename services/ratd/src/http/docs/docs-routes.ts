import { createHash } from "node:crypto";
import { route, type Route } from "../kit/route.ts";
import type { OpenApiDocument } from "./docs-page.ts";

/**
 * /openapi.json and /docs: the routes given, for programs and for people. The document is made when it is first asked for:
 * few starts need it.
 */
export function docsRoutes(documented: readonly Route[]): readonly Route[] {
  let made: Promise<OpenApiDocument> | undefined;
  const document = () => (made ??= makeDocument(documented));
  return [
    route({
      method: "GET",
      url: "/openapi.json",
      config: { open: true },
      schema: { hide: true },
      handle: () => document(),
    }),
    route({
      method: "GET",
      url: "/docs",
      config: { open: true },
      schema: { hide: true },
      async handle(_services, _request, reply) {
        const { DOCS_STYLE, renderDocs } = await import("./docs-page.ts");
        const styleHash = createHash("sha256").update(DOCS_STYLE).digest("base64");
        return reply
          .type("text/html; charset=utf-8")
          .header(
            "content-security-policy",
            `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'`,
          )
          .send(renderDocs(await document()));
      },
    }),
  ];
}

async function makeDocument(documented: readonly Route[]): Promise<OpenApiDocument> {
  const { openApiDocument } = await import("../openapi.ts");
  return openApiDocument(documented);
}
