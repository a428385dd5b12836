import { openApiDocument } from "../../../services/ratd/src/http/openapi.ts";
import { API_ROUTES } from "../../../services/ratd/src/http/routes.ts";
import { apiTypes } from "./api-types.ts";
import type { Generator } from "./generator.ts";

const SOURCE = "services/ratd/src/http/routes.ts";

/** The OpenAPI document, made from the tables of routes, and the client's types made from it. */
export const openApi: Generator = {
  source: SOURCE,
  async generate() {
    const document = await openApiDocument(API_ROUTES);
    return [
      { path: "docs/reference/openapi.json", content: `${JSON.stringify(document, null, 2)}\n` },
      { path: "packages/client/src/gen/api.ts", content: await apiTypes(document) },
    ];
  },
};
